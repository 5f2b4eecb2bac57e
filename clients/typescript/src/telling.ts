// How the story is told: each step is awaited, printed and held against what must come back.
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import type { Problem } from '../guide/lib/hestami';
import { problemOf } from '../guide/lib/problems';

const PATIENCE = 60_000;
const LOOK_EVERY = 100;
const PROBLEMS = 'https://api.hestami.ai/problems/';

type Slug<Type extends string> = Type extends `${typeof PROBLEMS}${infer Name}` ? Name : never;
type Named<E extends Problem, Name extends string> = Extract<E, { type: `${typeof PROBLEMS}${Name}` }>;

/** What the generated client resolves to; there is no response where nobody answered. */
interface Answer<Data, E> {
  data?: Data;
  error?: E;
  response?: Response;
}

interface Told<Data> {
  data: Data;
  headers: Headers;
}

export class Teller {
  steps = 0;
  refusals = 0;

  chapter(words: string): void {
    console.log(`\n${words}`);
  }

  /** Awaits an answer that must succeed with the status. */
  async done<Data, E extends Problem>(words: string, status: number, sent: Promise<Answer<Data, E>>): Promise<Told<Data>> {
    const { data, error, response } = await sent;
    this.tell(words, response);
    if (response?.status !== status || data === undefined) {
      throw new Error(`${words}: ${response?.status} instead of ${status}: ${JSON.stringify(error)}`);
    }
    return { data, headers: response.headers };
  }

  /** Awaits an answer that must be refused; only what the operation lists can be expected. */
  async refused<E extends Problem, Name extends Slug<E['type']>>(
    words: string,
    name: Name,
    sent: Promise<Answer<unknown, E>>,
  ): Promise<Named<E, Name>> {
    const { error, response } = await sent;
    this.tell(`refused: ${words}`, response, problemOf(error));
    this.refusals += 1;
    if (!isNamed(error, name) || error.status !== response?.status) {
      throw new Error(`${words}: ${response?.status} instead of ${name}: ${JSON.stringify(error)}`);
    }
    return error;
  }

  /** Asks until it holds, since the worker of another process is at it. */
  async until<Data, E extends Problem>(
    words: string,
    ask: () => Promise<Answer<Data, E>>,
    holds: (data: Data) => boolean,
  ): Promise<Data> {
    const deadline = Date.now() + PATIENCE;
    let answer = await ask();
    while (Date.now() < deadline && answer.data !== undefined && !holds(answer.data)) {
      await wait(LOOK_EVERY); // there is nothing else to wait on
      answer = await ask();
    }
    const { data } = await this.done(words, 200, Promise.resolve(answer));
    this.expect(holds(data), true, 'what was to come is there');
    return data;
  }

  /** Says what is so, or stops where it is not. */
  expect(found: unknown, wanted: unknown, words: string): void {
    if (!isDeepStrictEqual(found, wanted)) {
      throw new Error(`it was expected that ${words}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
    }
    console.log(`     ${words}`);
  }

  private tell(words: string, response: Response | undefined, problem?: Problem): void {
    this.steps += 1;
    const why = problem === undefined ? '' : ` ${problem.type.slice(PROBLEMS.length)}: ${problem.detail}`;
    console.log(`${String(this.steps).padStart(3)}. ${words} -> ${response?.status ?? 'no answer'}${why}`);
  }
}

function isNamed<E extends Problem, Name extends string>(error: E | undefined, name: Name): error is Named<E, Name> {
  return error?.type === PROBLEMS + name;
}

// Answers to the questions of a category; the compiler proves that no kind of question is missing.
import type { InquiryAnswer, Question } from '../guide/lib/hestami';

/** Answers what has to be answered with something that fits. */
export function answersTo(questions: readonly Question[]): InquiryAnswer[] {
  return questions.filter((question) => question.required).map(answer);
}

function answer(question: Question): InquiryAnswer {
  const { key } = question;
  switch (question.kind) {
    case 'TEXT':
      return { kind: 'TEXT', key, text: 'In spring.' };
    case 'CHOICE':
      return { kind: 'CHOICE', key, choice: question.choices[0]?.key ?? '' };
    case 'MULTIPLE':
      return { kind: 'MULTIPLE', key, choices: question.choices.slice(0, 1).map((choice) => choice.key) };
    case 'NUMBER':
      return { kind: 'NUMBER', key, number: question.minimum ?? 1 };
    case 'DATE':
      return { kind: 'DATE', key, answer_date: '2031-03-10' };
    case 'BOOLEAN':
      return { kind: 'BOOLEAN', key, boolean: true };
  }
}

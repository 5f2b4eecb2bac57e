// What to tell a user for each problem of an operation. tsc proves that none is forgotten.
import type { Problem, RegisterError, SubmitServiceError, UpdateAccountError } from '../guide/lib/hestami';
import { unforeseen } from '../guide/lib/problems';

export function adviseOnSubmission(problem: SubmitServiceError): string {
  switch (problem.type) {
    case 'https://api.hestami.ai/problems/profile-required':
      return 'Submit your business profile first.';
    case 'https://api.hestami.ai/problems/invalid-transition':
      return `This service is ${problem.state} and cannot be submitted.`;
    case 'https://api.hestami.ai/problems/not-found':
      return 'This service does not exist any more.';
    case 'https://api.hestami.ai/problems/unauthenticated':
    case 'https://api.hestami.ai/problems/invalid-token':
      return 'Please sign in again.';
    case 'https://api.hestami.ai/problems/mfa-enrolment-required':
      return 'Please switch on the second factor.';
    case 'https://api.hestami.ai/problems/forbidden':
    case 'https://api.hestami.ai/problems/account-suspended':
    case 'https://api.hestami.ai/problems/not-acceptable':
      return problem.detail;
    case 'https://api.hestami.ai/problems/validation-failed':
      return problem.errors.map((error) => error.detail).join(' ');
    case 'https://api.hestami.ai/problems/rate-limited':
    case 'https://api.hestami.ai/problems/internal-error':
    case 'https://api.hestami.ai/problems/unavailable':
      return `Please try again in a moment (${problem.request_id}).`;
    default:
      return unforeseen(problem);
  }
}

export function adviseOnRegistration(problem: RegisterError): string {
  switch (problem.type) {
    case 'https://api.hestami.ai/problems/username-taken':
    case 'https://api.hestami.ai/problems/weak-password':
    case 'https://api.hestami.ai/problems/validation-failed':
      return problem.errors.map((error) => ('pointer' in error ? `${error.pointer}: ${error.code}` : error.code)).join(', ');
    case 'https://api.hestami.ai/problems/malformed-request':
    case 'https://api.hestami.ai/problems/not-acceptable':
    case 'https://api.hestami.ai/problems/payload-too-large':
    case 'https://api.hestami.ai/problems/unsupported-media-type':
    case 'https://api.hestami.ai/problems/rate-limited':
    case 'https://api.hestami.ai/problems/internal-error':
    case 'https://api.hestami.ai/problems/unavailable':
      return problem.detail;
    default:
      return unforeseen(problem);
  }
}

// The proof of the proof: where cases are missing, and where an operation has no such problem, tsc refuses.
export function forgetful(problem: UpdateAccountError): string {
  switch (problem.type) {
    case 'https://api.hestami.ai/problems/precondition-failed':
      return 'Somebody changed this meanwhile.';
    // @ts-expect-error: no write of an account is refused for want of a business profile.
    case 'https://api.hestami.ai/problems/profile-required':
      return (problem as Problem).detail;
    default:
      // @ts-expect-error: validation-failed and the others are missing.
      return unforeseen(problem);
  }
}

/** The error types of the Messages API with their status and a message of the kind that the API sends. */
const ERRORS: [status: number, type: string, message: string][] = [
  [400, 'invalid_request_error', 'The request is not valid.'],
  [401, 'authentication_error', 'invalid x-api-key'],
  [402, 'billing_error', 'Your credit balance is too low to access the Anthropic API.'],
  [403, 'permission_error', 'Your API key does not have permission to use the specified resource.'],
  [404, 'not_found_error', 'The requested resource could not be found.'],
  [413, 'request_too_large', 'Request exceeds the maximum size'],
  [429, 'rate_limit_error', 'This request would exceed your rate limit.'],
  [500, 'api_error', 'Internal server error'],
  [502, 'api_error', 'Bad gateway'],
  [504, 'timeout_error', 'The request timed out.'],
  [529, 'overloaded_error', 'Overloaded'],
];

const rowOf = (status: number) =>
  ERRORS.find((row) => row[0] === status) ?? ERRORS.find((row) => row[0] === (status < 500 ? 400 : 500))!;

export const errorType = (status: number): string => rowOf(status)[1];
export const errorMessage = (status: number): string => rowOf(status)[2];
export const statusOf = (type: string): number | undefined => ERRORS.find((row) => row[1] === type)?.[0];

/** What Ink and React read when they are imported; so it must be set before. */
export function prepareEnvironment(environment: NodeJS.ProcessEnv): void {
  // The development build of React keeps what it has painted.
  environment['NODE_ENV'] = 'production';
  // In CI Ink paints nothing until the end; a person at a terminal wants to see it whatever CI says.
  delete environment['CI'];
  delete environment['CONTINUOUS_INTEGRATION'];
}

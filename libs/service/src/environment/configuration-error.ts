/** One variable that keeps the service from starting. */
export interface WrongVariable {
  readonly variable: string;
  readonly expected: string;
  /** What was found instead, in words; a secret's value is never in it. */
  readonly found: string;
}

/** Raised at boot when the environment is wrong. Its message names every wrong variable; the operator corrects them and starts again. */
export class ConfigurationError extends Error {
  readonly code = 'configuration-invalid';
  readonly variables: readonly WrongVariable[];

  constructor(variables: readonly WrongVariable[]) {
    const lines = variables.map(
      ({ variable, expected, found }) => `  ${variable}: expected ${expected}, found ${found}`,
    );
    const count =
      variables.length === 1
        ? 'One environment variable is'
        : `${variables.length} environment variables are`;
    super([`${count} wrong:`, ...lines].join('\n'));
    this.name = 'ConfigurationError';
    this.variables = variables;
  }
}

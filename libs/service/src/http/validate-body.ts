import type { PipeTransform, ArgumentMetadata } from '@nestjs/common';
import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { mistakesOf } from '../validation/mistakes.ts';
import { invalidBody, Problem } from './problem.ts';

/**
 * Lets `value` pass as what the schema says it is.
 *
 * @throws Problem 400 that names every mistake, at most 50, by its pointer
 */
export function validateBody<T extends TSchema>(
  validator: Validator<Record<never, never>, T>,
  value: unknown,
): asserts value is Static<T> {
  if (validator.Check(value)) return;
  if (value === undefined) {
    throw new Problem({
      status: 400,
      kind: 'invalid-body',
      title: 'The body breaks its schema',
      detail: 'A JSON body is required.',
      errors: [{ pointer: '#', detail: 'is missing' }],
    });
  }
  throw invalidBody(mistakesOf(validator, value));
}

/**
 * Checks a request's body: `@Body(new BodyPipe(NewOrder)) body: Static<typeof NewOrder>`. The schema is compiled once, where the
 * pipe is made. The body is passed on as it is: nothing is converted, defaulted or removed.
 */
export class BodyPipe<T extends TSchema> implements PipeTransform<unknown, Static<T>> {
  readonly #validator: Validator<Record<never, never>, T>;

  constructor(schema: T) {
    this.#validator = Compile(schema);
  }

  transform(value: unknown, metadata: ArgumentMetadata): Static<T> {
    if (metadata.type !== 'body') throw new TypeError('BodyPipe is for @Body() only');
    const validator: Validator<Record<never, never>, T> = this.#validator;
    validateBody(validator, value);
    return value;
  }
}

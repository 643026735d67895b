import { fields } from '@orderstream/events';
import Type from 'typebox';

/** RFC 9457. */
export const ProblemDetails = Type.Object({
  type: Type.String({ description: 'what kind of problem; `about:blank` when the status says it all' }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.Optional(Type.String()),
  instance: Type.Optional(Type.String({ description: 'the path that was asked for' })),
  errors: Type.Optional(
    Type.Array(
      Type.Object({
        pointer: Type.String({ description: 'JSON pointer to the member, as a URI fragment' }),
        detail: Type.String(),
      }),
      { maxItems: 50 },
    ),
  ),
  reason: Type.Optional(fields.Reason),
  outcome: Type.Optional(Type.Enum(['not-accepted', 'outcome-unknown'])),
});

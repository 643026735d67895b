import Type from 'typebox';

const Name = Type.String({ minLength: 1, maxLength: 249, description: 'as Kafka allows a topic’s name' });

/** How far a consumer group is behind on a topic, and the rule that says so. */
export const lagVerdict = {
  group: Name,
  topic: Name,
  lag: Type.Integer({ minimum: 0, description: 'records' }),
  lag_seconds: Type.Number({
    minimum: 0,
    description: 'age of the oldest record not yet consumed, in seconds',
  }),
  verdict: Type.Union([
    Type.Literal('OK'),
    Type.Literal('WARN'),
    Type.Literal('STALLED'),
    Type.Literal('STOPPED'),
  ]),
  threshold: Type.Number({ minimum: 0, description: 'seconds of lag that the alert rule allows' }),
};

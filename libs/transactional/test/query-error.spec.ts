import { PermanentError, TransientError } from '@orderstream/events';
import pg from 'pg';
import { queryError } from '../src/index.ts';

function fromServer(sqlState: string): Error {
  return Object.assign(new pg.DatabaseError('text that nobody reads', 1, 'error'), {
    severity: 'ERROR',
    code: sqlState,
  });
}

function fromNode(code: string): Error {
  return Object.assign(new Error('text that nobody reads'), { code });
}

describe('queryError', () => {
  it.each([
    ['08006', 'connection failure'],
    ['57P01', 'administrator shut the connection down'],
    ['57P03', 'server is starting'],
    ['57014', 'statement_timeout'],
    ['53300', 'too many connections'],
    ['53100', 'disk full'],
    ['58030', 'I/O error'],
    ['40001', 'serialization failure'],
    ['40P01', 'deadlock'],
    ['55P03', 'lock_timeout'],
    ['25006', 'read-only replica'],
    ['25P03', 'idle in transaction'],
    ['42P01', 'table missing: not migrated'],
    ['42703', 'column missing: not migrated'],
    ['42501', 'permission missing'],
    ['3D000', 'database missing'],
    ['28P01', 'wrong password'],
    ['0A000', 'cached plan must not change result type'],
  ])('%s (%s): transient, no record is to blame', (sqlState) => {
    const raised = fromServer(sqlState);
    const error = queryError(raised);
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: 'database-not-ready', cause: raised });
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND'])(
    '%s: transient',
    (code) => {
      const raised = fromNode(code);
      expect(queryError(raised)).toMatchObject({
        name: 'TransientError',
        code: 'database-unreachable',
        cause: raised,
      });
    },
  );

  it('an error of the driver without any code (connection terminated, pool exhausted): transient', () => {
    expect(queryError(new Error('whatever it says'))).toBeInstanceOf(TransientError);
  });

  it.each([
    ['22003', 'numeric value out of range'],
    ['22P02', 'invalid text representation'],
    ['23505', 'unique violation'],
    ['23514', 'check violation'],
  ])('%s (%s): permanent, the record is to blame', (sqlState) => {
    const raised = fromServer(sqlState);
    expect(queryError(raised)).toBeInstanceOf(PermanentError);
    expect(queryError(raised)).toMatchObject({ code: 'database-refused', cause: raised });
  });

  it.each([
    ['an SQLSTATE that says neither', fromServer('P0001')],
    ['a programmer error of ours', new TypeError('undefined is not a function')],
    ['something that is no error', 'text'],
    ['what is judged already', new TransientError('gateway-away', 'x')],
  ])('%s: stays as it is', (_, raised) => {
    expect(queryError(raised)).toBe(raised);
  });
});

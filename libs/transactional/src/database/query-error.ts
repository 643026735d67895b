import { types } from 'node:util';
import { PermanentError, TransientError } from '@orderstream/events';
import { sqlStateOf } from './sql-state.ts';

/**
 * SQLSTATEs (PostgreSQL manual, appendix A) that say nothing about the record in hand, by class or code. Repeating helps once an
 * operator or time has mended the cause; giving the record up would turn an outage or a bad deployment into dead letters.
 */
const NOT_THE_RECORDS_FAULT: readonly string[] = [
  '08', // connection
  '28', // authentication
  '40', // serialization failure, deadlock
  '42', // the statement itself: table or column missing (a migration is not there yet), permission missing, syntax
  '53', // out of memory, disk or connections
  '57', // shutdown, statement_timeout
  '58', // I/O error
  'XX', // internal error, corruption
  '0A000', // "cached plan must not change result type": a migration ran underneath a prepared statement
  '25006', // read-only: failed over to a replica
  '25P03', // idle in transaction for too long
  '25P04', // transaction_timeout
  '26000', // prepared statement is gone: a connection pooler between us and the server
  '3D000', // database missing
  '3F000', // schema missing
  '55P03', // lock_timeout
];

/** Bad data: conversion, range, length; a constraint violated. The same record will fail the same way. */
const THE_RECORDS_FAULT: readonly string[] = ['22', '23'];

/** Ours: the same code fails the same way, whatever the database does. */
const PROGRAMMER_ERRORS = [TypeError, RangeError, ReferenceError, SyntaxError];

/**
 * Says what a failed query means for the record it was made for. `cause` holds what the driver raised.
 *
 * What the server said is judged by its SQLSTATE. Whatever else a query fails with is the connection's end: refused, reset, timed
 * out, closed. The driver raises those with a Node error code or with none at all, and their text is nobody's contract.
 */
export function queryError(error: unknown): unknown {
  if (error instanceof TransientError || error instanceof PermanentError) return error;
  const sqlState = sqlStateOf(error);
  if (sqlState === undefined) {
    if (!types.isNativeError(error) || PROGRAMMER_ERRORS.some((type) => error instanceof type)) return error;
    return new TransientError('database-unreachable', 'the database cannot be reached', { cause: error });
  }
  const cause = error as Error;
  if (isIn(NOT_THE_RECORDS_FAULT, sqlState)) {
    return new TransientError('database-not-ready', `the database cannot do it now (${sqlState})`, { cause });
  }
  if (isIn(THE_RECORDS_FAULT, sqlState)) {
    return new PermanentError('database-refused', `the database refuses the data (${sqlState})`, { cause });
  }
  return error;
}

/** What lies at the bottom of an error, in words for the operator. */
export function rootMessage(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  if (error.cause !== undefined) return rootMessage(error.cause);
  const { errors } = error as AggregateError;
  // "localhost" that stands for two addresses fails once for each, and the whole has no message of its own.
  return error.message || (Array.isArray(errors) ? errors.map(rootMessage).join('; ') : error.name);
}

function isIn(codes: readonly string[], sqlState: string): boolean {
  return codes.includes(sqlState) || codes.includes(sqlState.slice(0, 2));
}

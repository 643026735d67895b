/** A statement with a name is parsed and planned once per connection: give the hot ones one. The name belongs to the text. */
export type Statement = string | { readonly name: string; readonly text: string };

export interface Rows<Row> {
  readonly rows: Row[];
  /** Rows returned, or changed by an INSERT, UPDATE, DELETE or MERGE. */
  readonly rowCount: number;
}

/** Something that answers SQL: a transaction, or the database itself where one statement is enough. */
export interface Queryable {
  /**
   * Runs one statement. `bigint` and `numeric` arrive as strings, `json` parsed.
   * @throws TransientError when the database is away, overloaded or not yet migrated
   * @throws PermanentError when it refuses the data (a constraint, a value out of range)
   */
  query<Row extends object = Record<string, unknown>>(
    statement: Statement,
    params?: readonly unknown[],
  ): Promise<Rows<Row>>;
}

/**
 * What a handler does its work with. Everything asked through it is one transaction on one connection, together with the consumed
 * position and what the handler emits; it commits after the handler returned.
 *
 * Queries may be sent without waiting for one another: they are executed in the order of the calls, in one round trip. After a
 * failed query the transaction is lost, also for a handler that catches the error: use ON CONFLICT, not try and catch.
 */
export interface Transaction extends Queryable {
  /** Has `callback` called once the transaction is durable; not at all when it is not. For waking somebody up: it must not throw. */
  afterCommit(callback: () => void): void;
}

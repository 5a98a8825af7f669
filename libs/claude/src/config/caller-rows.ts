/** Rows for single callers: everybody, the members of a tenant, one user (`tenant/user`). */
export interface CallerRows<Row> {
  readonly everyone: Row | null;
  readonly tenants: Readonly<Record<string, Row>>;
  readonly users: Readonly<Record<string, Row>>;
}

type Fields = Readonly<Record<string, unknown>>;

/** The row of one caller: the most specific one, as a whole; null when there is none. */
export function rowOf<Row>(rows: CallerRows<Row>, { tenant, user }: { tenant: string; user: string }): Row | null {
  return own(rows.users, `${tenant}/${user}`) ?? own(rows.tenants, tenant) ?? rows.everyone;
}

const own = <Row>(known: Readonly<Record<string, Row>>, name: string): Row | null =>
  Object.hasOwn(known, name) ? known[name]! : null;

/** @throws Error whose message says which row is wrong and why */
export function readRows<Row>(value: unknown, read: (row: unknown, where: string) => Row): CallerRows<Row> {
  const file = fieldsOf(value, 'the file', ['everyone', 'tenants', 'users']);
  return {
    everyone: file['everyone'] === undefined ? null : read(file['everyone'], 'everyone'),
    tenants: table(file['tenants'], 'tenants', read),
    users: table(file['users'], 'users', read),
  };
}

function table<Row>(value: unknown, name: string, read: (row: unknown, where: string) => Row): Record<string, Row> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null) throw new Error(`${name} has to be an object`);
  return Object.fromEntries(
    Object.entries(value).map(([key, given]) => [key, read(given as unknown, `${name}.${key}`)]),
  );
}

/** An object with these fields only: a typo must not be no row. */
export function fieldsOf(value: unknown, where: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${where} has to be an object`);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`${where} has no field ${unknown}`);
  return value as Fields;
}

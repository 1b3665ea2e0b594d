/** A libpq connection string that names just the database, whatever characters its name has. */
export const connInfo = (database: string): string => `dbname='${database.replaceAll(/[\\']/g, '\\$&')}'`;

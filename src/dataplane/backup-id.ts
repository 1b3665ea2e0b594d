/** Counter and time of the begin in UTC, as `000042-20261128T023000Z`. */
export const BACKUP_ID = /^\d{6,}-(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** As the toolbox lays its copies out, below the folder of the service; `undefined`: this is no name of a backup. */
export const copyFolder = (id: string): string | undefined => {
  const [, year, month, day] = BACKUP_ID.exec(id) ?? [];
  return year === undefined ? undefined : `${year}/${month}/${day}/${id}`;
};

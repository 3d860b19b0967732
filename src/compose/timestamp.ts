/** A moment as DICOM writes it, on the clock of the study where its offset from UTC is known, else in UTC. */
export interface Timestamp {
  readonly date: string;
  readonly time: string;
  readonly dateTime: string;
}

export function timestampOf(milliseconds: number, offset = '+0000'): Timestamp {
  const [, sign, hours, minutes] = /^([+-])(\d\d)(\d\d)$/.exec(offset) ?? [];
  const shift = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000 * (sign === '-' ? -1 : 1);
  const iso = new Date(Math.trunc(milliseconds) + shift).toISOString();
  const date = iso.slice(0, 10).replaceAll('-', '');
  const time = `${iso.slice(11, 19).replaceAll(':', '')}.${iso.slice(20, 23)}`;
  return { date, time, dateTime: `${date}${time}${offset}` };
}

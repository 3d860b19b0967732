import { isIP } from 'node:net';
import { validateDetailed } from 'node-cron';
import { z } from 'zod';

/** A span of time with a default and why one would change it. */
export const milliseconds = (fallback: number, why: string) =>
  z.number().int().positive().default(fallback).describe(`Milliseconds. ${why}`);

/** A positive whole number. */
export const count = (fallback: number, why: string) => z.number().int().positive().default(fallback).describe(why);

/** A number of bytes. */
export const bytes = (fallback: number, why: string) =>
  z.number().int().positive().default(fallback).describe(`Bytes. ${why}`);

/** PS3.5 table 6.2-1: AE, without the backslash. */
export const aeTitle = z
  .string()
  .regex(
    /^[\x21-\x5b\x5d-\x7e](?:[\x20-\x5b\x5d-\x7e]{0,14}[\x21-\x5b\x5d-\x7e])?$/,
    'must be 1 to 16 ASCII characters, without a backslash',
  );

/** A cron expression, with seconds where it has six fields. */
export const cron = z.string().superRefine((expression, context) => {
  const { valid, errors } = validateDetailed(expression);
  if (!valid) context.addIssue({ code: 'custom', message: errors.map(({ message }) => message).join('; ') });
});

/** An IP address, or a network in CIDR notation. */
export const network = z.string().refine((text) => {
  const [address = '', prefix, ...more] = text.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return (
    bits > 0 && more.length === 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))
  );
}, 'must be an address, or a network such as 10.1.0.0/16');

/** A TCP port. */
export const port = z.number().int().min(0).max(65535);

import type { Context } from 'koa';
import { AgentError } from '#domain/errors';

const bytesMax = 16_384;

/** A small request body as JSON. Throws OBJECT_TOO_LARGE, REQUEST_UNSUPPORTED or REQUEST_INVALID. */
export async function jsonBody(context: Context): Promise<Readonly<Record<string, unknown>>> {
  if (context.is('application/json') !== 'application/json')
    throw new AgentError('REQUEST_UNSUPPORTED', 'It is asked for in application/json.');
  // One that does not say how long it is could be of any length.
  if ((context.request.length ?? Infinity) > bytesMax) {
    context.set('Connection', 'close');
    throw new AgentError('OBJECT_TOO_LARGE', `It says that it holds ${bytesMax} bytes at most.`);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of context.req as AsyncIterable<Buffer>) chunks.push(chunk);
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw new AgentError('REQUEST_INVALID', 'It is no JSON.', { cause });
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new AgentError('REQUEST_INVALID', 'It is no JSON object.');
  return body as Readonly<Record<string, unknown>>;
}

/** A text of the body, without blanks around it; empty where there is none. */
export function textIn(body: Readonly<Record<string, unknown>>, name: string): string {
  const value = body[name] ?? '';
  if (typeof value !== 'string') throw new AgentError('REQUEST_INVALID', `${name} is a text.`);
  return value.trim();
}

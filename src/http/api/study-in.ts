import type { Context } from 'koa';
import { AgentError } from '#domain/errors';
import { parseUid, type StudyUid } from '#domain/uid';

/** The study that an address names. Throws REQUEST_INVALID. */
export function studyIn(context: Context): StudyUid {
  const { study: text = '' } = context['params'] as { readonly study?: string };
  const study = parseUid(text) as StudyUid | undefined;
  if (!study) throw new AgentError('REQUEST_INVALID', 'The address holds no Study Instance UID.');
  return study;
}

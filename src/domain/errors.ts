/** What becomes of work that failed: tried again later, set aside for a person, or refused to the sender. */
export type Fate = 'retry' | 'set-aside' | 'refuse';

interface Fault {
  readonly fate: Fate;
  /** C-STORE response status (PS3.4 table B.2-1, PS3.7 annex C). */
  readonly dimseStatus: number;
  readonly httpStatus: number;
  readonly sentence: string;
}

/** Every way in which this agent can fail: one row each. */
export const faults = {
  OBJECT_UNREADABLE: row('refuse', 0xc000, 400, 'The object is not a readable DICOM data set.'),
  OBJECT_MISMATCHED: row('refuse', 0xa900, 409, 'The data set does not match what was announced for it.'),
  OBJECT_DIFFERS: row(
    'refuse',
    0x0111,
    409,
    'An object with this SOP Instance UID but other content is stored already.',
  ),
  OBJECT_TOO_LARGE: row('refuse', 0xa700, 413, 'The object is larger than the configured limit.'),
  STUDY_TOO_LARGE: row('refuse', 0xa700, 413, 'The study has become larger than the configured limit.'),
  SOP_CLASS_UNSUPPORTED: row('refuse', 0x0122, 409, 'Objects of this SOP class are not accepted here.'),
  TRANSFER_SYNTAX_UNSUPPORTED: row('set-aside', 0x0122, 415, 'No decoder for this transfer syntax.'),
  STORAGE_FULL: row('retry', 0xa700, 507, 'There is too little free space to accept objects safely.'),
  TOO_BUSY: row('retry', 0xa700, 503, 'Too much is under way; send again later.'),
  PIXELS_UNDECODABLE: row('set-aside', 0xc000, 422, 'The pixel data cannot be decoded.'),
  FILE_MISSING: row('set-aside', 0x0110, 410, 'A file of the archive is missing or damaged.'),
  MODEL_UNAVAILABLE: row('retry', 0x0110, 503, 'The model cannot be run at present.'),
  MODEL_UNFIT: row('set-aside', 0x0110, 500, 'The model cannot be used as it is.'),
  ARCHIVE_UNREACHABLE: row('retry', 0x0110, 502, 'The archive does not answer.'),
  ARCHIVE_ANSWER_UNUSABLE: row('retry', 0x0110, 502, 'The archive gave an answer that cannot be used.'),
  DESTINATION_UNREACHABLE: row('retry', 0x0110, 502, 'The destination does not answer.'),
  DESTINATION_BUSY: row('retry', 0x0110, 503, 'The destination cannot take the object at present.'),
  DESTINATION_REFUSED: row('set-aside', 0x0110, 502, 'The destination refused the object.'),
  SENDER_UNKNOWN: row('set-aside', 0x0110, 502, 'No address is set for whoever sent the study.'),
  REPORT_INVALID: row('set-aside', 0x0110, 500, 'The report would break its template and was not written.'),
  REPORT_REPLACED: row('set-aside', 0x0110, 409, 'A newer report was written in the meantime.'),
  REQUEST_INVALID: row('refuse', 0x0110, 400, 'The request cannot be understood.'),
  REQUEST_UNSUPPORTED: row('refuse', 0x0110, 415, 'The media type of the request is not supported.'),
  UNAUTHENTICATED: row('refuse', 0x0124, 401, 'This needs a login.'),
  FORBIDDEN: row('refuse', 0x0124, 403, 'The login does not allow this.'),
  CANCELED_ON_REQUEST: row('set-aside', 0x0110, 409, 'The analysis was canceled on request, before it had begun.'),
  NOT_FOUND: row('refuse', 0x0112, 404, 'There is no such object.'),
  NOT_ACCEPTABLE: row('refuse', 0x0110, 406, 'None of the requested media types can be given.'),
  CONFIGURATION_INVALID: row('set-aside', 0x0110, 500, 'The configuration is wrong.'),
  UNEXPECTED: row('retry', 0x0110, 500, 'Something happened that this program does not know.'),
} as const satisfies Record<string, Fault>;

export type FaultCode = keyof typeof faults;

/** A failure that this agent knows, with its row of `faults`. The detail never holds a patient's values. */
export class AgentError extends Error {
  readonly code: FaultCode;
  readonly detail: string;

  constructor(code: FaultCode, detail: string, options?: { cause?: unknown }) {
    super(`${faults[code].sentence} ${detail}`.trim(), options);
    this.name = 'AgentError';
    this.code = code;
    this.detail = detail;
  }

  get fault(): Fault {
    return faults[this.code];
  }
}

/** Any thrown thing as an AgentError: what we do not know becomes UNEXPECTED, named by its class, since its text may hold patient values. */
export function asAgentError(thrown: unknown): AgentError {
  if (thrown instanceof AgentError) return thrown;
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  return new AgentError('UNEXPECTED', name, { cause: thrown });
}

function row(fate: Fate, dimseStatus: number, httpStatus: number, sentence: string): Fault {
  return { fate, dimseStatus, httpStatus, sentence };
}

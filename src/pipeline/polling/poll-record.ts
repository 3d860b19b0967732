/** What a poller remembers of the studies that lie in its window: enough to leave alone what has not changed. */
export interface PollRecord {
  readonly [study: string]: StudyRecord;
}

export interface StudyRecord {
  /** The archive's own counts when everything wanted had been taken, such as `2/57`. */
  readonly counts: string;
  /** Instances that cannot be taken however often they are sent. */
  readonly refused: readonly string[];
}

/** Reads a checkpoint. One that cannot be read is as good as none: the studies are listed again, and what is held is not taken twice. */
export function parsePollRecord(checkpoint: string | undefined): PollRecord {
  if (checkpoint === undefined) return {};
  try {
    const { version, studies } = JSON.parse(checkpoint) as { version?: number; studies?: PollRecord };
    return version === 1 && studies ? studies : {};
  } catch {
    return {};
  }
}

export function writePollRecord(studies: PollRecord): string {
  return JSON.stringify({ version: 1, studies });
}

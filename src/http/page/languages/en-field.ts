import type { Ineligibility } from '#domain/clip';
import type { Verdict } from '#domain/decision';
import type { Delivery, DeliveryProof, DocumentKind } from '#domain/document';
import type { FaultCode } from '#domain/errors';
import type { Omission } from '#domain/finding';
import type { Reason } from '#domain/triage';
import type { View } from '#domain/view';

/** What the field calls things, by code: one table a language. What it lacks shows up when it is compiled. */
export interface FieldWords {
  readonly findings: Readonly<Record<ShippedFinding, string>>;
  /** As cardiologists write them in a line; where one has no short name, its long one stands. */
  readonly short: Readonly<Partial<Record<ShippedFinding, string>>>;
  readonly answers: Readonly<Record<ShippedAnswer, string>>;
  readonly views: Readonly<Record<View, string>>;
  readonly ineligible: Readonly<Record<Ineligibility, string>>;
  readonly omissions: Readonly<Record<Omission, string>>;
  readonly documents: Readonly<Record<DocumentKind, string>>;
  readonly deliveries: Readonly<Record<Delivery['state'], string>>;
  readonly proofs: Readonly<Record<DeliveryProof, string>>;
  readonly verdicts: Readonly<Record<Verdict, string>>;
  readonly standings: Readonly<Record<Reason['standing'], string>>;
  readonly faults: Readonly<Record<FaultCode, string>>;
}

/** Findings that ship with the agent; a site's own are called as the site calls them. */
export type ShippedFinding =
  | 'cardiac-tamponade'
  | 'impella'
  | 'left-atrial-dilation'
  | 'left-ventricular-dilation'
  | 'left-ventricular-ejection-fraction'
  | 'left-ventricular-ejection-fraction-below-30'
  | 'left-ventricular-ejection-fraction-below-40'
  | 'left-ventricular-ejection-fraction-below-50'
  | 'left-ventricular-hypertrophy'
  | 'mitraclip'
  | 'pacemaker-lead'
  | 'pericardial-effusion'
  | 'pericardial-effusion-size'
  | 'pulmonary-artery-pressure'
  | 'right-atrial-dilation'
  | 'right-ventricular-dilation'
  | 'tavr';

/** Meanings of their coded answers. */
export type ShippedAnswer =
  | 'Present'
  | 'Absent'
  | 'None'
  | 'Mild'
  | 'Moderate'
  | 'Severe'
  | 'Small'
  | 'Large'
  | 'Normal size cardiac chamber'
  | 'Mildly enlarged cardiac chamber'
  | 'Moderately enlarged cardiac chamber'
  | 'Markedly enlarged cardiac chamber';

export const field: FieldWords = {
  findings: {
    'cardiac-tamponade': 'Cardiac tamponade',
    impella: 'Impella',
    'left-atrial-dilation': 'Left atrial dilation',
    'left-ventricular-dilation': 'Left ventricular dilation',
    'left-ventricular-ejection-fraction': 'Left ventricular ejection fraction',
    'left-ventricular-ejection-fraction-below-30': 'Left ventricular ejection fraction below 30 %',
    'left-ventricular-ejection-fraction-below-40': 'Left ventricular ejection fraction below 40 %',
    'left-ventricular-ejection-fraction-below-50': 'Left ventricular ejection fraction below 50 %',
    'left-ventricular-hypertrophy': 'Left ventricular hypertrophy',
    mitraclip: 'MitraClip',
    'pacemaker-lead': 'Pacemaker or defibrillator lead',
    'pericardial-effusion': 'Pericardial effusion',
    'pericardial-effusion-size': 'Size of pericardial effusion',
    'pulmonary-artery-pressure': 'Systolic pulmonary artery pressure',
    'right-atrial-dilation': 'Right atrial dilation',
    'right-ventricular-dilation': 'Right ventricular dilation',
    tavr: 'Transcatheter aortic valve',
  },
  short: { 'left-ventricular-ejection-fraction': 'LVEF', 'pulmonary-artery-pressure': 'PASP' },
  answers: {
    Present: 'Present',
    Absent: 'Absent',
    None: 'None',
    Mild: 'Mild',
    Moderate: 'Moderate',
    Severe: 'Severe',
    Small: 'Small',
    Large: 'Large',
    'Normal size cardiac chamber': 'Normal size',
    'Mildly enlarged cardiac chamber': 'Mildly enlarged',
    'Moderately enlarged cardiac chamber': 'Moderately enlarged',
    'Markedly enlarged cardiac chamber': 'Markedly enlarged',
  },
  views: {
    A2C: 'Apical two-chamber',
    A3C: 'Apical three-chamber',
    A4C: 'Apical four-chamber',
    A5C: 'Apical five-chamber',
    PLAX: 'Parasternal long axis',
    PSAX: 'Parasternal short axis',
    SSN: 'Suprasternal',
    subcostal: 'Subcostal',
    doppler: 'Doppler',
  },
  ineligible: {
    'not-an-image': 'Not an image',
    'not-ultrasound': 'Not an ultrasound image',
    still: 'A single frame, not a cine',
    'too-short': 'Fewer frames than the model needs',
    'too-small': 'Too few pixels',
    'spectral-doppler': 'Spectral Doppler',
    'colour-doppler': 'Colour Doppler',
    'm-mode': 'M-mode',
    'three-dimensional': 'A volume, not a plane',
    'several-planes': 'Several planes side by side',
    'no-tissue-region': 'No two-dimensional tissue region',
    frozen: 'Nothing moves in it',
    'no-sector': 'No ultrasound sector found',
    video: 'A video, which has no decoder here',
    undecodable: 'The pixels cannot be decoded',
    unreadable: 'The header cannot be read',
  },
  omissions: {
    'no-suitable-view': 'no clip of a suitable view',
    'no-eligible-clip': 'no B-mode cine that can be analysed',
    'model-failed': 'the model failed on every suitable clip',
  },
  documents: {
    sr: 'structured report',
    sc: 'PromptCAM overlay',
    'text-sr': 'text report',
    'echo-sr': 'echo report',
    'key-objects': 'key clips',
    pdf: 'printed report',
    segmentation: 'PromptCAM map',
    decision: 'reader’s decision',
  },
  deliveries: { waiting: 'on its way', delivered: 'delivered', withheld: 'withheld', dead: 'given up' },
  proofs: { committed: 'storage committed', 'read-back': 'read back and compared' },
  verdicts: { accepted: 'Accepted', amended: 'Amended', rejected: 'Rejected', acknowledged: 'Acknowledged' },
  standings: { raised: 'raised', confirmed: 'confirmed', withdrawn: 'withdrawn' },
  faults: {
    OBJECT_UNREADABLE: 'The object is not a readable DICOM data set.',
    OBJECT_MISMATCHED: 'The data set does not match what was announced for it.',
    OBJECT_DIFFERS: 'An object with this SOP Instance UID but other content is stored already.',
    OBJECT_TOO_LARGE: 'The object is larger than the configured limit.',
    STUDY_TOO_LARGE: 'The study has become larger than the configured limit.',
    SOP_CLASS_UNSUPPORTED: 'Objects of this SOP class are not accepted here.',
    TRANSFER_SYNTAX_UNSUPPORTED: 'No decoder for this transfer syntax.',
    STORAGE_FULL: 'There is too little free space to accept objects safely.',
    TOO_BUSY: 'Too much is under way; try again later.',
    PIXELS_UNDECODABLE: 'The pixel data cannot be decoded.',
    FILE_MISSING: 'A file of the archive is missing or damaged.',
    MODEL_UNAVAILABLE: 'The model cannot be run at present.',
    MODEL_UNFIT: 'The model cannot be used as it is.',
    ARCHIVE_UNREACHABLE: 'The archive does not answer.',
    ARCHIVE_ANSWER_UNUSABLE: 'The archive gave an answer that cannot be used.',
    DESTINATION_UNREACHABLE: 'The destination does not answer.',
    DESTINATION_BUSY: 'The destination cannot take the object at present.',
    DESTINATION_REFUSED: 'The destination refused the object.',
    SENDER_UNKNOWN: 'No address is set for whoever sent the study.',
    REPORT_INVALID: 'The report would break its template and was not written.',
    REPORT_REPLACED: 'A newer report was written in the meantime.',
    REQUEST_INVALID: 'The request cannot be understood.',
    REQUEST_UNSUPPORTED: 'The media type of the request is not supported.',
    UNAUTHENTICATED: 'This needs a login.',
    FORBIDDEN: 'The login does not allow this.',
    CANCELED_ON_REQUEST: 'The analysis was canceled on request, before it had begun.',
    NOT_FOUND: 'There is no such object.',
    NOT_ACCEPTABLE: 'None of the requested media types can be given.',
    CONFIGURATION_INVALID: 'The configuration is wrong.',
    UNEXPECTED: 'Something happened that this program does not know.',
  },
};

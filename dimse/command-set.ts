import { ProtocolViolation } from './pdu.ts';

/** Values of Command Field (0000,0100), PS3.7 section E.1. */
export const commandFields = {
  storeRequest: 0x0001,
  storeResponse: 0x8001,
  getRequest: 0x0010,
  getResponse: 0x8010,
  findRequest: 0x0020,
  findResponse: 0x8020,
  moveRequest: 0x0021,
  moveResponse: 0x8021,
  cancelRequest: 0x0fff,
  echoRequest: 0x0030,
  echoResponse: 0x8030,
  eventReportRequest: 0x0100,
  eventReportResponse: 0x8100,
  actionRequest: 0x0130,
  actionResponse: 0x8130,
} as const;

/** What we read of a command set (PS3.7 annex E). */
export interface CommandSet {
  readonly commandField: number;
  readonly hasDataSet: boolean;
  readonly messageId?: number;
  readonly messageIdRespondedTo?: number;
  readonly status?: number;
  readonly errorComment?: string;
  readonly sopClass?: string;
  readonly sopInstance?: string;
  readonly eventType?: number;
  readonly actionType?: number;
}

const noDataSet = 0x0101;

/** Reads a command set: Implicit VR Little Endian, group 0000 only (PS3.7 section 6.3.1). */
export function readCommandSet(bytes: Buffer): CommandSet {
  const values = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length;) {
    const end = at + 8 <= bytes.length ? at + 8 + bytes.readUInt32LE(at + 4) : Infinity;
    if (end > bytes.length || bytes.readUInt16LE(at) !== 0) throw new ProtocolViolation('A command set is damaged.');
    values.set(bytes.readUInt16LE(at + 2), bytes.subarray(at + 8, end));
    at = end;
  }
  const number = (element: number) => {
    const value = values.get(element);
    return value && value.length >= 2 ? value.readUInt16LE(0) : undefined;
  };
  const text = (element: number) =>
    values
      .get(element)
      ?.toString('latin1')
      .replace(/[\0 ]+$/, '');
  const commandField = number(0x0100);
  const dataSetType = number(0x0800);
  if (commandField === undefined || dataSetType === undefined) {
    throw new ProtocolViolation('A command set does not tell what it is.');
  }
  const [messageId, messageIdRespondedTo, status] = [number(0x0110), number(0x0120), number(0x0900)];
  const [eventType, actionType] = [number(0x1002), number(0x1008)];
  const [errorComment, sopClass, sopInstance] = [
    text(0x0902),
    text(0x0002) ?? text(0x0003), // affected, or requested
    text(0x1000) ?? text(0x1001),
  ];
  return {
    commandField,
    hasDataSet: dataSetType !== noDataSet,
    ...(messageId !== undefined && { messageId }),
    ...(messageIdRespondedTo !== undefined && { messageIdRespondedTo }),
    ...(status !== undefined && { status }),
    ...(errorComment !== undefined && { errorComment }),
    ...(sopClass !== undefined && { sopClass }),
    ...(sopInstance !== undefined && { sopInstance }),
    ...(eventType !== undefined && { eventType }),
    ...(actionType !== undefined && { actionType }),
  };
}

/** Writes a C-ECHO-RQ (PS3.7 table 9.3-12). */
export function echoRequest(messageId: number): Buffer {
  return commandSet([
    [0x0002, uid('1.2.840.10008.1.1')],
    [0x0100, us(commandFields.echoRequest)],
    [0x0110, us(messageId)],
    [0x0800, us(noDataSet)],
  ]);
}

/** Writes a C-STORE-RQ of medium priority (PS3.7 table 9.3-1). */
export function storeRequest(messageId: number, sopClass: string, sopInstance: string): Buffer {
  return commandSet([
    [0x0002, uid(sopClass)],
    [0x0100, us(commandFields.storeRequest)],
    [0x0110, us(messageId)],
    [0x0700, us(0)],
    [0x0800, us(1)],
    [0x1000, uid(sopInstance)],
  ]);
}

/** Writes a C-STORE-RSP (PS3.7 table 9.3-2). */
export function storeResponse({ messageId = 0, sopClass = '', sopInstance = '' }: CommandSet, status: number): Buffer {
  return commandSet([
    [0x0002, uid(sopClass)],
    [0x0100, us(commandFields.storeResponse)],
    [0x0120, us(messageId)],
    [0x0800, us(noDataSet)],
    [0x0900, us(status)],
    [0x1000, uid(sopInstance)],
  ]);
}

/** Writes a C-FIND-RQ or C-GET-RQ of medium priority (PS3.7 tables 9.3-3, 9.3-6). */
export function queryRequest(field: 'findRequest' | 'getRequest', messageId: number, sopClass: string): Buffer {
  return commandSet([
    [0x0002, uid(sopClass)],
    [0x0100, us(commandFields[field])],
    [0x0110, us(messageId)],
    [0x0700, us(0)],
    [0x0800, us(1)],
  ]);
}

/** Writes a C-MOVE-RQ of medium priority (PS3.7 table 9.3-9). */
export function moveRequest(messageId: number, sopClass: string, destination: string): Buffer {
  return commandSet([
    [0x0002, uid(sopClass)],
    [0x0100, us(commandFields.moveRequest)],
    [0x0110, us(messageId)],
    [0x0600, Buffer.from(destination.length % 2 === 0 ? destination : `${destination} `, 'latin1')],
    [0x0700, us(0)],
    [0x0800, us(1)],
  ]);
}

/** Writes a C-CANCEL-RQ (PS3.7 table 9.3-5). */
export function cancelRequest(messageId: number): Buffer {
  return commandSet([
    [0x0100, us(commandFields.cancelRequest)],
    [0x0120, us(messageId)],
    [0x0800, us(noDataSet)],
  ]);
}

/** Writes an N-ACTION-RQ of action type 1 (PS3.7 table 10.3-5). */
export function actionRequest(messageId: number, sopClass: string, sopInstance: string): Buffer {
  return commandSet([
    [0x0003, uid(sopClass)],
    [0x0100, us(commandFields.actionRequest)],
    [0x0110, us(messageId)],
    [0x0800, us(1)],
    [0x1001, uid(sopInstance)],
    [0x1008, us(1)],
  ]);
}

/** Writes an N-ACTION-RSP (PS3.7 table 10.3-6). */
export function actionResponse(request: CommandSet, status: number): Buffer {
  const { messageId = 0, sopClass = '', sopInstance = '', actionType = 1 } = request;
  return commandSet([
    [0x0002, uid(sopClass)],
    [0x0100, us(commandFields.actionResponse)],
    [0x0120, us(messageId)],
    [0x0800, us(noDataSet)],
    [0x0900, us(status)],
    [0x1000, uid(sopInstance)],
    [0x1008, us(actionType)],
  ]);
}

/** Writes an N-EVENT-REPORT-RQ of Storage Commitment (PS3.7 table 10.3-1, PS3.4 section J.3.3). */
export function eventReportRequest(messageId: number, eventType: number): Buffer {
  return commandSet([
    [0x0002, uid('1.2.840.10008.1.20.1')],
    [0x0100, us(commandFields.eventReportRequest)],
    [0x0110, us(messageId)],
    [0x0800, us(1)],
    [0x1000, uid('1.2.840.10008.1.20.1.1')],
    [0x1002, us(eventType)],
  ]);
}

/** Writes an N-EVENT-REPORT-RSP (PS3.7 table 10.3-2). */
export function eventReportResponse(request: CommandSet, status: number): Buffer {
  const { messageId = 0, sopClass = '', sopInstance = '', eventType = 1 } = request;
  return commandSet([
    [0x0002, uid(sopClass)],
    [0x0100, us(commandFields.eventReportResponse)],
    [0x0120, us(messageId)],
    [0x0800, us(noDataSet)],
    [0x0900, us(status)],
    [0x1000, uid(sopInstance)],
    [0x1002, us(eventType)],
  ]);
}

function commandSet(elements: readonly (readonly [element: number, value: Buffer])[]): Buffer {
  const body = Buffer.concat(elements.map(([number, value]) => element(number, value)));
  const groupLength = Buffer.alloc(4);
  groupLength.writeUInt32LE(body.length);
  return Buffer.concat([element(0x0000, groupLength), body]);
}

function element(number: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(number, 2);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, value]);
}

function us(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uid(text: string): Buffer {
  return Buffer.from(text.length % 2 === 0 ? text : `${text}\0`, 'latin1');
}

/** A C-ECHO or C-STORE request written anew from what we read of it, so that the engine cannot read it otherwise and wait for what never comes. */
export function requestAsUnderstood({
  commandField,
  hasDataSet,
  messageId,
  sopClass = '',
  sopInstance = '',
}: CommandSet): Buffer {
  if (messageId === undefined) throw new ProtocolViolation('A request has no message ID.');
  if (commandField === commandFields.echoRequest && !hasDataSet) return echoRequest(messageId);
  if (commandField === commandFields.storeRequest && hasDataSet) return storeRequest(messageId, sopClass, sopInstance);
  throw new ProtocolViolation('Only C-ECHO and C-STORE requests are answered here.');
}

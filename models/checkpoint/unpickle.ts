import { CheckpointError } from './checkpoint-error.ts';
import { PickleBytes } from './pickle-bytes.ts';
import { PickleDict, PickleList, PickleTuple, type PickleValue, type StorageRef } from './pickle-value.ts';
import { callGlobal, findGlobal, findStorage } from './torch-globals.ts';

/** Each bounds what a small file can make this reader do; a checkpoint of 500 tensors needs 20 000 steps. */
const limits = { steps: 4_000_000, stack: 1_000_000, marks: 200, memo: 1_000_000 } as const;

/**
 * Reads one pickle (protocols 2 to 5) that starts at `start`, building plain containers and descriptions of tensors.
 * Nothing is executed: every global outside a short list is refused by name.
 */
export function unpickle(bytes: Buffer, start = 0): Unpickled {
  return new PickleMachine(new PickleBytes(bytes, start)).run();
}

/** What a pickle held, where it ended, and every storage it spoke of. */
export interface Unpickled {
  readonly value: PickleValue;
  readonly end: number;
  readonly storages: ReadonlyMap<string, StorageRef>;
}

class PickleMachine {
  readonly #bytes: PickleBytes;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  readonly #storages = new Map<string, StorageRef>();

  constructor(bytes: PickleBytes) {
    this.#bytes = bytes;
  }

  run(): Unpickled {
    for (let step = 0; step < limits.steps; step++) {
      const code = this.#bytes.uint8();
      if (code === 0x2e) return { value: this.#pop(), end: this.#bytes.position, storages: this.#storages };
      const known = this.#container(code) || this.#literal(code) || this.#reference(code);
      if (!known)
        throw new CheckpointError(
          `The checkpoint's pickle uses the operation 0x${code.toString(16)}, which tensors do not need: nothing was run. Save the state_dict again with torch.save.`,
        );
      if (this.#stack.length > limits.stack || this.#marks.length > limits.marks || this.#memo.size > limits.memo)
        throw tooLarge();
    }
    throw tooLarge();
  }

  #literal(code: number): boolean {
    const bytes = this.#bytes;
    switch (code) {
      case 0x80:
        return this.#checkProtocol(bytes.uint8()); // PROTO
      case 0x95:
        bytes.uint64();
        return true; // FRAME
      case 0x4e:
        return this.#push(null); // NONE
      case 0x88:
        return this.#push(true); // NEWTRUE
      case 0x89:
        return this.#push(false); // NEWFALSE
      case 0x4b:
        return this.#push(bytes.uint8()); // BININT1
      case 0x4d:
        return this.#push(bytes.uint16()); // BININT2
      case 0x4a:
        return this.#push(bytes.int32()); // BININT
      case 0x8a:
        return this.#push(bytes.integer(bytes.uint8())); // LONG1
      case 0x47:
        return this.#push(bytes.float64()); // BINFLOAT
      case 0x58:
        return this.#push(bytes.text(bytes.uint32())); // BINUNICODE
      case 0x8c:
        return this.#push(bytes.text(bytes.uint8())); // SHORT_BINUNICODE
      case 0x8d:
        return this.#push(bytes.text(bytes.uint64())); // BINUNICODE8
      case 0x55:
        return this.#push(bytes.text(bytes.uint8())); // SHORT_BINSTRING
      case 0x54:
        return this.#push(bytes.text(bytes.uint32())); // BINSTRING
      case 0x43:
        return this.#push(bytes.take(bytes.uint8())); // SHORT_BINBYTES
      case 0x42:
        return this.#push(bytes.take(bytes.uint32())); // BINBYTES
      default:
        return false;
    }
  }

  #container(code: number): boolean {
    switch (code) {
      case 0x28:
        this.#marks.push(this.#stack.length);
        return true; // MARK
      case 0x7d:
        return this.#push(new PickleDict()); // EMPTY_DICT
      case 0x5d:
        return this.#push(new PickleList()); // EMPTY_LIST
      case 0x29:
        return this.#push(new PickleTuple([])); // EMPTY_TUPLE
      case 0x85:
        return this.#push(new PickleTuple(this.#popMany(1))); // TUPLE1
      case 0x86:
        return this.#push(new PickleTuple(this.#popMany(2))); // TUPLE2
      case 0x87:
        return this.#push(new PickleTuple(this.#popMany(3))); // TUPLE3
      case 0x74:
        return this.#push(new PickleTuple(this.#popToMark())); // TUPLE
      case 0x61:
        return this.#append(this.#popMany(1)); // APPEND
      case 0x65:
        return this.#append(this.#popToMark()); // APPENDS
      case 0x73:
        return this.#setItems(this.#popMany(2)); // SETITEM
      case 0x75:
        return this.#setItems(this.#popToMark()); // SETITEMS
      case 0x30:
        this.#pop();
        return true; // POP
      case 0x31:
        this.#popToMark();
        return true; // POP_MARK
      default:
        return false;
    }
  }

  #reference(code: number): boolean {
    const bytes = this.#bytes;
    switch (code) {
      case 0x71:
        this.#memo.set(bytes.uint8(), this.#top());
        return true; // BINPUT
      case 0x72:
        this.#memo.set(bytes.uint32(), this.#top());
        return true; // LONG_BINPUT
      case 0x94:
        this.#memo.set(this.#memo.size, this.#top());
        return true; // MEMOIZE
      case 0x68:
        return this.#recall(bytes.uint8()); // BINGET
      case 0x6a:
        return this.#recall(bytes.uint32()); // LONG_BINGET
      case 0x63:
        return this.#push(findGlobal(bytes.line(), bytes.line())); // GLOBAL
      case 0x93:
        return this.#pushNamedGlobal(); // STACK_GLOBAL
      case 0x51:
        return this.#pushStorage(); // BINPERSID
      case 0x52:
        return this.#call(); // REDUCE
      case 0x62:
        return this.#ignoreState(); // BUILD
      default:
        return false;
    }
  }

  #push(value: PickleValue): true {
    this.#stack.push(value);
    return true;
  }

  #pop(): PickleValue {
    const value = this.#stack.length > (this.#marks.at(-1) ?? 0) ? this.#stack.pop() : undefined;
    if (value === undefined) throw damaged('takes more values than it has');
    return value;
  }

  #top(): PickleValue {
    const value = this.#pop();
    this.#stack.push(value);
    return value;
  }

  #popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.#pop()).toReversed();
  }

  #popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw damaged('closes a group that it did not open');
    return this.#stack.splice(mark);
  }

  #append(items: readonly PickleValue[]): true {
    const list = this.#top();
    if (!(list instanceof PickleList)) throw damaged('appends to something that is no list');
    for (const item of items) list.items.push(item);
    return true;
  }

  #setItems(items: readonly PickleValue[]): true {
    const dict = this.#top();
    if (!(dict instanceof PickleDict) || items.length % 2 !== 0)
      throw damaged('sets items of something that is no dict');
    for (let index = 0; index < items.length; index += 2) dict.entries.set(items[index]!, items[index + 1]!);
    return true;
  }

  #recall(key: number): true {
    const value = this.#memo.get(key);
    if (value === undefined) throw damaged('recalls a value that it never stored');
    return this.#push(value);
  }

  #pushNamedGlobal(): true {
    const [module, name] = this.#popMany(2);
    if (typeof module !== 'string' || typeof name !== 'string') throw damaged('names a global without text');
    return this.#push(findGlobal(module, name));
  }

  #pushStorage(): true {
    const storage = findStorage(this.#pop());
    this.#storages.set(storage.key, storage);
    return this.#push(storage);
  }

  #call(): true {
    const [callee, args] = this.#popMany(2);
    return this.#push(callGlobal(callee!, args!));
  }

  // torch.save leaves `_metadata` as the state of an OrderedDict; nothing here needs it.
  #ignoreState(): true {
    this.#pop();
    const target = this.#top();
    if (!(target instanceof PickleDict)) throw damaged('sets the state of something that is no dict');
    return true;
  }

  #checkProtocol(version: number): true {
    if (version < 2 || version > 5) throw damaged(`claims protocol ${version}`);
    return true;
  }
}

function tooLarge(): CheckpointError {
  return new CheckpointError(
    "The checkpoint's pickle is larger or deeper than any list of tensors: it was not read further. Save the state_dict alone.",
  );
}

function damaged(what: string): CheckpointError {
  return new CheckpointError(`The checkpoint's pickle is damaged (it ${what}): download it again.`);
}

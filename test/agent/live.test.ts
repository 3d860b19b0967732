import { expect, test } from '@jest/globals';
import { createLive, viewOf } from '#src/live';
import { openEach } from '#src/live-list';

interface Entry {
  readonly name: string;
  readonly size: number;
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A list whose things write down what is done to them. */
function listOf(first: readonly Entry[], closing: () => Promise<void> = async () => undefined) {
  const done: string[] = [];
  const live = createLive(first);
  const list = openEach(
    live,
    (entries) => entries,
    ({ name, size }) => {
      if (size < 0) throw new Error(`${name} cannot be opened`);
      const thing = `${name}${size}`;
      done.push(`open ${thing}`);
      return {
        thing,
        begin: () => void done.push(`begin ${thing}`),
        async close() {
          await closing();
          done.push(`close ${thing}`);
        },
      };
    },
  );
  return { live, list, done };
}

test('what stays as it was is left alone; what goes is closed before what comes begins', async () => {
  const { live, list, done } = listOf([
    { name: 'a', size: 1 },
    { name: 'b', size: 1 },
  ]);
  await settled();
  done.length = 0;
  live.change([
    { name: 'a', size: 1 },
    { name: 'b', size: 2 },
    { name: 'c', size: 1 },
  ]);
  expect(list.current()).toEqual(['a1', 'b2', 'c1']);
  await settled();
  expect(done).toEqual(['open b2', 'open c1', 'close b1', 'begin b2', 'begin c1']);
  await list.close();
  expect(done.slice(5).toSorted()).toEqual(['close a1', 'close b2', 'close c1']);
});

test('where one follower refuses, nothing changes for anybody, and what was prepared is given up', async () => {
  const { live, list, done } = listOf([{ name: 'a', size: 1 }]);
  await settled();
  live.follow(() => {
    throw new Error('not like this');
  });
  expect(() => live.change([{ name: 'b', size: 1 }])).toThrow('not like this');
  expect(list.current()).toEqual(['a1']);
  expect(live.current()).toEqual([{ name: 'a', size: 1 }]);
  await settled();
  expect(done).toEqual(['open a1', 'begin a1', 'open b1', 'close b1']);
});

test('an entry that cannot be opened refuses the whole list', async () => {
  const { live, list, done } = listOf([{ name: 'a', size: 1 }]);
  expect(() =>
    live.change([
      { name: 'b', size: 1 },
      { name: 'c', size: -1 },
    ]),
  ).toThrow('c cannot be opened');
  expect(list.current()).toEqual(['a1']);
  await settled();
  expect(done).not.toContain('begin b1');
});

test('closed while one goes and another comes, the other never begins', async () => {
  const gone = Promise.withResolvers<void>();
  const { live, list, done } = listOf([{ name: 'a', size: 1 }], () => gone.promise);
  await settled();
  live.change([{ name: 'a', size: 2 }]);
  const closed = list.close();
  gone.resolve();
  await closed;
  expect(done).toEqual(['open a1', 'begin a1', 'open a2', 'close a1', 'close a2']);
});

test('a view shows what is, and may be spread at any time', () => {
  const live = createLive({ a: 1, b: 1 });
  const view = viewOf(() => live.current());
  live.change({ a: 2, b: 1 });
  expect({ ...view }).toEqual({ a: 2, b: 1 });
});

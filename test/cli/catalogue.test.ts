import { expect, test } from '@jest/globals';
import { catalogue } from '#cli/catalogue';

test('a call that names a command loads that command alone', async () => {
  for (const command of await catalogue()) {
    const words = command.usage.split(/ [<[]/)[0]!.split(' ');
    expect(await catalogue([...words, '--json'])).toEqual([command]);
  }
});

test.each([[[]], [['help', 'start']], [['models']], [['strat']], [['--help']]])(
  'help and what is misspelt know every command: %j',
  async (call: string[]) => expect(await catalogue(call)).toEqual(await catalogue()),
);

import type { Configuration } from '#config/schema';

/** Every number that bounds something, by the name of its setting. */
export function limitsOf({ limits, dimse, http }: Configuration): Readonly<Record<string, number>> {
  const named = Object.entries({ limits, dimse, http }).flatMap(([group, settings]) =>
    Object.entries(settings)
      .filter(([name, value]) => typeof value === 'number' && name !== 'port')
      .map(([name, value]) => [`${group}.${name}`, value as number] as const),
  );
  return Object.fromEntries(named);
}

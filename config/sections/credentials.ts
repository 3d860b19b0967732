import { z } from 'zod';

/** How we log in to another. */
export const auth = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('basic'), user: z.string(), passwordFile: z.string() }),
    z.strictObject({ kind: z.literal('bearer'), tokenFile: z.string() }),
    z.strictObject({
      kind: z.literal('oauth2'),
      tokenUrl: z.url({ protocol: /^https?$/ }),
      clientId: z.string(),
      clientSecretFile: z.string(),
      scope: z.string().optional(),
    }),
  ])
  .default({ kind: 'none' })
  .describe(
    'How to log in; secrets stand in files of their own, never here. oauth2: a token for our client credentials, fetched anew before it ends.',
  );

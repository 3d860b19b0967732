import { z } from 'zod';

/** What a study's way through the agent took, for OpenTelemetry. */
export const traces = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where spans are sent by OTLP over HTTP, such as http://collector:4318/v1/traces; off without.'),
});

import type { Middleware } from 'koa';
import { AgentError } from '#domain/errors';

/** Refuses a request that announces too long a body, and cuts off one that only turns out to be too long. */
export function limitBody(bytesMax: number): Middleware {
  return async (context, next) => {
    const { req, request } = context;
    if ((request.length ?? 0) > bytesMax) {
      context.set('Connection', 'close');
      throw new AgentError('OBJECT_TOO_LARGE', `A request may hold ${bytesMax} bytes.`);
    }
    if (req.headers['transfer-encoding'] !== undefined) {
      const { socket } = req;
      const before = socket.bytesRead;
      // Looks on without reading: whoever takes the body in gets all of it.
      req.on('readable', () => {
        if (socket.bytesRead - before <= bytesMax) return;
        req.destroy(new AgentError('OBJECT_TOO_LARGE', `A request may hold ${bytesMax} bytes.`));
      });
    }
    await next();
  };
}

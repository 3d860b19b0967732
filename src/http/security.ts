import { isIP } from 'node:net';
import type { Middleware } from 'koa';
import { answerProblem } from './problem.ts';

/** Headers that shut a browser's doors: nothing is loaded from elsewhere, nobody frames us, nothing is kept in caches. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'Cache-Control': 'no-store',
};

/** Sets them on every answer; a route may loosen the cache. */
export const setSecurityHeaders: Middleware = (context, next) => {
  context.set(securityHeaders);
  return next();
};

/**
 * Answers only under names that are ours. A page elsewhere can have its own name resolved to our address (DNS rebinding)
 * and would then count as same origin; an address is no name, so it cannot be rebound.
 */
export function requireKnownHost(allowedHosts: readonly string[]): Middleware {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  return async (context, next) => {
    const name = hostNameOf(context.get('Host'));
    if (name !== undefined && (isAddressOrLoopback(name) || allowed.has(name))) return next();
    answerProblem(context, {
      status: 421, // Misdirected Request (RFC 9110 section 15.5.20)
      code: 'HOST_UNKNOWN',
      title: 'This service is not known under that host name.',
      detail: 'Name it in http.allowedHosts of the configuration, if it is yours.',
    });
  };
}

/** Lets only our own page, named viewers and programs change anything: a browser tells where a request comes from (Fetch standard, Origin and Sec-Fetch-Site). */
export function requireKnownOrigin(allowedOrigins: readonly string[]): Middleware {
  const allowed = new Set(allowedOrigins);
  return async (context, next) => {
    if (['GET', 'HEAD', 'OPTIONS'].includes(context.method)) return next();
    const origin = context.get('Origin');
    const site = context.get('Sec-Fetch-Site');
    const isOurs = origin === '' ? ['', 'none', 'same-origin'].includes(site) : hostOf(origin) === context.get('Host');
    const isViewer = context.path.startsWith('/dicom-web/') && allowed.has(origin);
    if (isOurs || isViewer) return next();
    answerProblem(context, {
      status: 403,
      code: 'ORIGIN_UNKNOWN',
      title: 'Pages of other origins may not do this.',
    });
  };
}

function hostNameOf(host: string): string | undefined {
  if (!/^(?:\[[\da-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?$/.test(host)) return undefined;
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
  return name.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function isAddressOrLoopback(name: string): boolean {
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost');
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

import { EntenteError, isEntenteError } from '../base/index.ts';

/** Failures of the system that a person can act on get their catalogue entry; the rest is `internal`. */
export function asEntenteError(error: unknown): EntenteError {
  if (isEntenteError(error)) return error;
  const { code, message, path, port, syscall, address } = error as NodeJS.ErrnoException & {
    port?: number;
    address?: string;
  };
  if (syscall === 'listen' && code !== 'EADDRINUSE') {
    const why = code === 'EADDRNOTAVAIL' ? 'this machine has no such address' : message;
    return new EntenteError('usage', `cannot listen on ${address ?? '?'} port ${port ?? '?'}: ${why}`, {
      cause: error,
    });
  }
  switch (code) {
    case 'ENOENT':
    case 'EACCES':
    case 'EISDIR':
    case 'ENOTDIR':
    case 'EEXIST':
    case 'EPERM':
    case 'EROFS':
    case 'ELOOP':
    case 'ENAMETOOLONG':
      return new EntenteError(
        'file-unreadable',
        `${path ?? 'a file'}: ${code === 'ENOENT' ? 'there is no such file' : message}`,
        { cause: error },
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return new EntenteError('disk-full', `the disk is full${path ? ` (${path})` : ''}`, { cause: error });
    case 'EADDRINUSE':
      return new EntenteError('port-in-use', `port ${port ?? '?'} is in use by another program`, {
        cause: error,
      });
    default:
      return new EntenteError('internal', message ?? String(error), { cause: error });
  }
}

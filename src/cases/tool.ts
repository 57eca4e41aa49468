import packageJson from '../../package.json' with { type: 'json' };

/** How this program names itself in custody events and runs. */
export const TOOL = { name: 'entente', version: packageJson.version };

/**
 * The Traffic Light Protocol as STIX carries it: four marking definitions for TLP 1 (STIX 2.1 §7.2.1.4) and five for
 * TLP 2.0, which the OASIS committee published as an extension. Their ids are fixed, so that a reference says the
 * level without the definition being at hand.
 */

export type TlpLevel = 'clear' | 'green' | 'amber' | 'amber+strict' | 'red';

/** From what may go anywhere to what may go nowhere. */
export const TLP_LEVELS: readonly TlpLevel[] = ['clear', 'green', 'amber', 'amber+strict', 'red'];

export interface TlpMarking {
  readonly type: 'marking-definition';
  readonly spec_version: '2.1';
  readonly id: string;
  readonly created: string;
  readonly name: string;
  readonly definition_type?: 'tlp';
  readonly definition?: { readonly tlp: 'white' | 'green' | 'amber' | 'red' };
  readonly extensions?: {
    readonly [id: string]: { readonly extension_type: 'property-extension'; readonly tlp_2_0: TlpLevel };
  };
}

export const TLP2_EXTENSION_ID = 'extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d';

function tlp1(tlp: 'white' | 'green' | 'amber' | 'red', uuid: string): TlpMarking {
  return {
    type: 'marking-definition',
    spec_version: '2.1',
    id: `marking-definition--${uuid}`,
    created: '2017-01-20T00:00:00.000Z',
    definition_type: 'tlp',
    name: `TLP:${tlp.toUpperCase()}`,
    definition: { tlp },
  };
}

function tlp2(level: TlpLevel, uuid: string): TlpMarking {
  return {
    type: 'marking-definition',
    spec_version: '2.1',
    id: `marking-definition--${uuid}`,
    created: '2022-10-01T00:00:00.000Z',
    name: `TLP:${level.toUpperCase()}`,
    extensions: { [TLP2_EXTENSION_ID]: { extension_type: 'property-extension', tlp_2_0: level } },
  };
}

/** TLP 1, by its own words. */
export const TLP1 = {
  white: tlp1('white', '613f2e26-407d-48c7-9eca-b8e91df99dc9'),
  green: tlp1('green', '34098fce-860f-48ae-8e50-ebd3cc5e41da'),
  amber: tlp1('amber', 'f88d31f6-486f-44da-b317-01333bde0b82'),
  red: tlp1('red', '5e57c739-391a-4eb3-b6be-7d15ca92d5ed'),
} as const;

export const TLP2 = {
  clear: tlp2('clear', '94868c89-83c2-464b-929b-a1a8aa3c8487'),
  green: tlp2('green', 'bab4a63c-aed9-4cf5-a766-dfca5abac2bb'),
  amber: tlp2('amber', '55d920b0-5e8b-4f79-9ee9-91f868d9b421'),
  'amber+strict': tlp2('amber+strict', '939a9414-2ddd-4d32-a0cd-375ea402b003'),
  red: tlp2('red', 'e828b379-4e03-4974-9ac4-e53a884c97c1'),
} as const;

const LEVEL_BY_ID: ReadonlyMap<string, TlpLevel> = new Map<string, TlpLevel>([
  [TLP1.white.id, 'clear'],
  [TLP1.green.id, 'green'],
  [TLP1.amber.id, 'amber'],
  [TLP1.red.id, 'red'],
  ...TLP_LEVELS.map((level): [string, TlpLevel] => [TLP2[level].id, level]),
]);

/** The level that a marking definition's id stands for; undefined when it is none of the nine. */
export function tlpOfMarkingId(id: string): TlpLevel | undefined {
  return LEVEL_BY_ID.get(id);
}

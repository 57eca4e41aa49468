/**
 * STIX 2.1 marking definitions (§7.2): one statement a flow that names the agreement and the clause, and one that carries the flow's
 * IEP policy by the extension registered for it. An object that crosses can refer to them, so that
 * whoever holds it later finds the terms.
 */
import { agreementDigest } from '../digest.ts';
import type { Agreement } from '../document.ts';
import { formatInstant, instantNs } from '../instant.ts';
import { papLabel, type Tlp, tlpLabel } from '../terms.ts';
import type { Exported } from './exported.ts';
import { namedUuid } from './identifier.ts';
import { exportIep, flowPolicy } from './iep.ts';

/** IEP data marking, in the registry of STIX extensions (oasis-open/cti-stix-common-objects). */
const IEP_EXTENSION = 'extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a';

/** The TLP 2.0 marking definitions that OASIS published; they exist already and are referred to. */
export const TLP_MARKING_IDS: Readonly<Record<Tlp, string>> = {
  clear: 'marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487',
  green: 'marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb',
  amber: 'marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421',
  'amber+strict': 'marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003',
  red: 'marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1',
};

export interface StixBundle {
  readonly type: 'bundle';
  readonly id: string;
  readonly objects: readonly Record<string, unknown>[];
}

export function exportStixMarkings(agreement: Agreement): Exported<StixBundle> {
  const digest = agreementDigest(agreement);
  const created = formatInstant(instantNs(agreement.term.from)!);
  const marking = (name: string, body: Record<string, unknown>) => ({
    type: 'marking-definition',
    spec_version: '2.1',
    id: `marking-definition--${namedUuid(`${digest} stix ${name}`)}`,
    created,
    ...body,
  });
  const objects = agreement.flows.flatMap((flow, index) => {
    const path = `flows[${index}]`;
    const statement = `Received under "${agreement.title}" (${agreement.id}, version ${agreement.version}, ${path} "${flow.title}"): at most ${tlpLabel(flow.tlp)} and ${papLabel(flow.pap)}; for ${flow.purposes.join(', ')}; passing on: ${flow.onward.mode}; handling code ${flow.evidenceUse.code}.`;
    const {
      id,
      iep_version,
      attribution,
      external_references: _,
      name,
      ...policy
    } = flowPolicy(agreement, index);
    const iep = {
      extension_type: 'property-extension',
      iep_id: id,
      iep_version,
      provider_attribution: attribution,
      ...policy,
    };
    return [
      marking(path, {
        name: `${agreement.title}: ${flow.title}`,
        definition_type: 'statement',
        definition: { statement },
      }),
      marking(`${path} iep`, { name, extensions: { [IEP_EXTENSION]: iep } }),
    ];
  });
  return {
    document: { type: 'bundle', id: `bundle--${namedUuid(`${digest} stix`)}`, objects },
    notExpressed: [
      'flows[].tlp is a ceiling: each object carries its own TLP marking, referred to by the identifiers OASIS published',
      'flows[].pap: STIX has no marking for PAP; the statement names it in words',
      ...exportIep(agreement).notExpressed,
    ],
  };
}

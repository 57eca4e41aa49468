/** The signing ceremony: the exact text, read in one's language, its digest computed here, and one's own key, which stays in the browser. */
import { Alert, Button, Checkbox, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { canonicalJson } from '../../../src/base/canonical-json.ts';
import { call, queries, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Drop } from '../ui/drop.tsx';
import { Form } from '../ui/form.tsx';
import { useFormat } from '../ui/format.ts';
import { Day } from '../ui/moment.tsx';
import { Mono } from '../ui/mono.tsx';
import { Facts, Panel, Scroll } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { type Document, DocumentClauses } from './agreement-clauses.tsx';
import { MakeKey } from './agreement-key.tsx';
import {
  digestOf,
  KeyError,
  readKey,
  type Signable,
  type SignatoryKey,
  signatoryWith,
  signDocument,
} from './agreement-signature.ts';

/** As much of a document as the ceremony shows besides its clauses. */
interface Signed extends Signable {
  readonly title: string;
  readonly term: { readonly from: string; readonly until: string };
  readonly text?: {
    readonly languages: Readonly<Record<string, { readonly prose?: string } | undefined>>;
  };
}

export function Signing({ id }: { readonly id: string }) {
  const { t, i18n } = useTranslation();
  const { list } = useFormat();
  const asked = reading('GET /agreements/{id}/signing', { params: { id } });
  // What is being read is what is signed: it does not change under the reader.
  const { data, error, refetch } = useQuery({
    ...asked,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const digest = useQuery({
    queryKey: ['digest', data?.digest],
    queryFn: () => digestOf(data!.document),
    enabled: data !== undefined && globalThis.crypto?.subtle !== undefined,
  });
  if (error) return <ProblemNote error={error} retry={() => refetch()} />;
  if (!data) return <Skeleton h={240} />;
  const document = data.document as unknown as Signed;
  const languages = document.text?.languages ?? {};
  const prose = (languages[i18n.language] ?? languages['en'])?.prose;
  const isSame = digest.data === undefined || digest.data === data.digest;
  return (
    <Stack>
      <Facts
        facts={[
          [t('signing.agreement'), <bdi key="t">{document.title}</bdi>],
          [t('signing.version'), data.version],
          [t('signing.term'), <Term key="m" {...document.term} />],
          ...document.parties.map(
            ({ name, signatories }) =>
              [name, list(signatories.map((one) => `${one.name}, ${one.title}`))] as const,
          ),
          [t('signing.digest'), <Mono key="d">{digest.data ?? data.digest}</Mono>],
        ]}
      />
      {!isSame && <Alert color="red">{t('signing.digest-differs')}</Alert>}
      <DocumentClauses document={data.document as unknown as Document} />
      {prose && (
        <Panel title={t('signing.prose')}>
          <Scroll>
            <Text size="sm" dir="auto" style={{ whiteSpace: 'pre-line' }}>
              {prose}
            </Text>
          </Scroll>
        </Panel>
      )}
      <details>
        <summary>{t('signing.exact')}</summary>
        <Scroll>
          <Mono>{canonicalJson(data.document)}</Mono>
        </Scroll>
      </details>
      {isSame && (
        <Keys id={id} version={data.version} party={data.party} missing={data.missing} document={document} />
      )}
    </Stack>
  );
}

function Term({ from, until }: { readonly from: string; readonly until: string }) {
  return (
    <>
      <Day at={from} /> – <Day at={until} />
    </>
  );
}

function Keys(props: {
  readonly id: string;
  readonly version: number;
  readonly party: string;
  readonly missing: readonly string[];
  readonly document: Signed;
}) {
  const { t } = useTranslation();
  const may = useMay();
  const { id, version, party, document } = props;
  const [hasRead, setHasRead] = useState(false);
  const [key, setKey] = useState<SignatoryKey | null>(null);
  const [fault, setFault] = useState<KeyError | null>(null);
  const refresh = () =>
    queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).includes('/agreements') });
  const choose = async ([file]: readonly File[]) => {
    setKey(null);
    setFault(null);
    try {
      const read = await readKey(file!);
      signatoryWith(document, party, read);
      setKey(read);
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      setFault(error);
    }
  };
  const sign = useMutation({
    mutationFn: async () =>
      call('POST /agreements/{id}/signatures', {
        params: { id },
        body: { version, signature: await signDocument(document, party, key!, new Date()) },
      }),
    onSuccess: refresh,
  });
  const nodeSign = useMutation({
    mutationFn: () => call('POST /agreements/{id}/sign', { params: { id } }),
    onSuccess: refresh,
  });
  if (sign.isSuccess || nodeSign.isSuccess)
    return (
      <Alert color="teal" role="status" title={t('signing.done')}>
        {t('signing.done-means')}
      </Alert>
    );
  if (props.missing.length === 0) return <Text>{t('signing.nothing-missing')}</Text>;
  const signatory = key && signatoryWith(document, party, key);
  const partyName = document.parties.find((one) => one.id === party)?.name ?? party;
  const isFault = sign.error instanceof KeyError ? sign.error : fault;
  return (
    <Panel title={t('signing.for', { party: partyName })}>
      <Checkbox
        label={t('signing.read')}
        checked={hasRead}
        onChange={(event) => setHasRead(event.currentTarget.checked)}
      />
      <Form
        action={t('signing.sign')}
        sends={{ ...sign, mutate: () => sign.mutate(), error: isFault ? null : sign.error }}
        isReady={hasRead && key !== null}
      >
        <Text size="sm" c="dimmed">
          {t('signing.own-key-means')}
        </Text>
        <Drop words={t('signing.key-file')} onFiles={(files) => files.length > 0 && void choose(files)} />
        {signatory && (
          <Text size="sm" role="status">
            {t('signing.as', { name: signatory.name, title: signatory.title })} <Mono>{key.kid}</Mono>
          </Text>
        )}
        {isFault && (
          <Alert color="red" role="alert">
            {t(`signing.fault.${isFault.fault}`)}
          </Alert>
        )}
      </Form>
      <MakeKey />
      {may('POST /agreements/{id}/sign') && (
        <>
          <Text size="sm" c="dimmed">
            {t('signing.node-key-means')}
          </Text>
          <ProblemNote error={nodeSign.error} />
          <Group>
            <Button
              variant="default"
              disabled={!hasRead}
              onClick={() => nodeSign.mutate()}
              loading={nodeSign.isPending}
            >
              {t('signing.node-key')}
            </Button>
          </Group>
        </>
      )}
    </Panel>
  );
}

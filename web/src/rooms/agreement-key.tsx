/** A key for who signs and has none yet: made in this browser, saved as the file that is signed with, and its public part for the agreement. */
import { Button, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Mono } from '../ui/mono.tsx';
import { save } from '../ui/save.ts';
import { KeyError, makeKey } from './agreement-signature.ts';

export function MakeKey() {
  const { t } = useTranslation();
  const make = useMutation({
    mutationFn: async () => {
      const { file, publicKey } = await makeKey();
      save(file, `signatory-${publicKey.kid.slice(0, 8)}.jwk`, 'application/json');
      return publicKey;
    },
  });
  return (
    <details>
      <summary>{t('signing.no-key')}</summary>
      <Stack gap="xs" align="flex-start" mt="xs">
        <Text size="sm" c="dimmed">
          {t('signing.make-means')}
        </Text>
        {make.error && (
          <Text size="sm" c="red" role="alert">
            {t(`signing.fault.${make.error instanceof KeyError ? make.error.fault : 'no-cryptography'}`)}
          </Text>
        )}
        {make.data ? (
          <div role="status">
            <Text size="sm">{t('signing.made')}</Text>
            <Mono>{JSON.stringify(make.data)}</Mono>
          </div>
        ) : (
          <Button size="xs" variant="default" onClick={() => make.mutate()} loading={make.isPending}>
            {t('signing.make')}
          </Button>
        )}
      </Stack>
    </details>
  );
}

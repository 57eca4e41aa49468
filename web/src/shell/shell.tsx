/** What is around every room: where one is, where one can go, and what is under way. */
import { AppShell, Burger, Button, Group, Loader, Menu, NavLink, ScrollArea } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, call, queries, reading } from '../api/client.ts';
import { ProblemNote } from '../ui/problem.tsx';
import { Languages, Scheme } from './choices.tsx';
import { Brand, Icon } from './icons.tsx';
import { type Me, useMe } from './me.ts';
import { Palette } from './palette.tsx';
import { ROOMS } from './rooms.ts';
import { SignIn } from './sign-in.tsx';
import { WorkMenu } from './work-menu.tsx';

export function Shell() {
  const { data: me, error, isPending, refetch } = useMe();
  const isStranger = error instanceof ApiError && error.problem.status === 401;
  if (isPending) return <Centre label="shell.loading" />;
  if (isStranger) return <SignIn onSignedIn={() => refetch()} />;
  if (error || !me) return <ProblemNote error={error} retry={() => refetch()} />;
  return <Inside me={me} />;
}

function Centre({ label }: { readonly label: string }) {
  const { t } = useTranslation();
  return (
    <main style={{ display: 'grid', placeItems: 'center', minHeight: '60vh' }}>
      <Loader aria-label={t(label)} />
    </main>
  );
}

function Inside({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const [open, menu] = useDisclosure(false);
  const [searching, palette] = useDisclosure(false);
  const here = useLocation({ select: ({ pathname }) => pathname });
  useHotkeys([['mod+K', palette.open]], []);
  const rooms = ROOMS.filter(({ asks }) => asks.some((route) => me.may.includes(route)));
  const isHere = (path: string) => (path === '/' ? here === '/' : here.startsWith(path));
  const room = rooms.find(({ path }) => isHere(path));
  useEffect(() => {
    document.title = `${room ? `${t(`rooms.${room.name}`)} · ` : ''}${me.organisation} · Entente`;
  }, [room, me, t]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 224, breakpoint: 'sm', collapsed: { mobile: !open } }}
      padding="lg"
      transitionDuration={0}
    >
      <a className="skip" href="#content">
        {t('shell.skip')}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Burger
              opened={open}
              onClick={menu.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t('shell.menu')}
              aria-expanded={open}
            />
            <div className="brand">
              <Brand />
              <strong>Entente</strong>
              <span>{me.organisation}</span>
            </div>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Button
              variant="default"
              size="xs"
              leftSection={<Icon name="search" size={15} />}
              onClick={palette.open}
              visibleFrom="xs"
            >
              {t('shell.search')} <kbd className="mono">&nbsp;Ctrl K</kbd>
            </Button>
            <WorkMenu />
            <Languages />
            <Scheme />
            <Account me={me} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className="shell-nav" p="xs" aria-label={t('shell.rooms')}>
        <ScrollArea>
          {rooms.map(({ name, path, icon }) => (
            <NavLink
              key={name}
              component={Link}
              to={path}
              className="nav-link"
              label={t(`rooms.${name}`)}
              leftSection={<Icon name={icon} />}
              active={isHere(path)}
              aria-current={isHere(path) ? 'page' : undefined}
              onClick={menu.close}
            />
          ))}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <div className="page">
          <Suspense fallback={<Loader aria-label={t('shell.loading')} />}>
            <Outlet />
          </Suspense>
        </div>
      </AppShell.Main>
      <Palette open={searching} close={palette.close} rooms={rooms} may={me.may} />
    </AppShell>
  );
}

function Account({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const leave = useMutation({
    mutationFn: async () => {
      const { sessions } = await call('GET /sessions');
      const mine = sessions.find(({ current }) => current);
      if (mine) await call('DELETE /sessions/{id}', { params: { id: mine.id } });
    },
    onSuccess: () => {
      queries.clear();
      void queries.invalidateQueries(reading('GET /me'));
      window.location.assign('/');
    },
  });
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <Button variant="light" size="sm" maw={180} aria-label={t('shell.account', { name: me.name })}>
          {me.name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.roles.map((role) => t(`roles.${role}`)).join(' · ')}</Menu.Label>
        <Menu.Item component={Link} to="/me">
          {t('rooms.me')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => leave.mutate()}>{t('shell.sign-out')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

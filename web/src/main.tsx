/** The workspace: one page, its rooms loaded when they are entered. */
import '@mantine/core/styles.css';
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/noto-sans-arabic/wght.css';
import 'uplot/dist/uPlot.min.css';
import './styles.css';
import { createTheme, DirectionProvider, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queries } from './api/client.ts';
import { startLanguages } from './i18n/index.ts';
import { router } from './router.tsx';

const nonce = document.querySelector<HTMLMetaElement>('meta[name=style-nonce]')!.content;
// What libraries write into the page at run time is allowed by the same nonce.
Object.assign(globalThis, { __webpack_nonce__: nonce });

const theme = createTheme({
  fontFamily: 'var(--entente-font)',
  fontFamilyMonospace: 'var(--entente-mono)',
  primaryColor: 'harbour',
  primaryShade: { light: 7, dark: 6 },
  respectReducedMotion: true,
  autoContrast: true,
  luminanceThreshold: 0.35,
  defaultRadius: 'md',
  headings: { fontWeight: '650' },
  components: {
    // The head of a dialog is no banner of the page.
    Modal: { defaultProps: { attributes: { header: { role: 'none' } } } },
  },
  colors: {
    harbour: [
      '#e9f6fb',
      '#d3eaf3',
      '#a6d5e7',
      '#78c0db',
      '#59aecf',
      '#3f9ac0',
      '#1e7c9f',
      '#0b5d7a',
      '#094e66',
      '#073f53',
    ],
  },
});

await startLanguages();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <DirectionProvider initialDirection={document.documentElement.dir === 'rtl' ? 'rtl' : 'ltr'}>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </DirectionProvider>
  </StrictMode>,
);

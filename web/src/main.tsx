/** The workspace: one page, its rooms loaded when they are entered. */
import '@mantine/core/styles.css';
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/noto-sans-arabic/wght.css';
import 'uplot/dist/uPlot.min.css';
import './styles.css';
import { DirectionProvider, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queries } from './api/client.ts';
import { startLanguages } from './i18n/index.ts';
import { router } from './router.tsx';
import { theme, veils } from './ui/theme.ts';

const nonce = document.querySelector<HTMLMetaElement>('meta[name=style-nonce]')!.content;
// What libraries write into the page at run time is allowed by the same nonce.
Object.assign(globalThis, { __webpack_nonce__: nonce });

await startLanguages();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <DirectionProvider initialDirection={document.documentElement.dir === 'rtl' ? 'rtl' : 'ltr'}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={veils}
        defaultColorScheme="auto"
        getStyleNonce={() => nonce}
      >
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </DirectionProvider>
  </StrictMode>,
);

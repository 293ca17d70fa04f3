import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { IntlProvider, useIntl } from "react-intl";

export type Language = "pt-BR" | "en";

/**
 * The words of one section, each in both languages, in ICU form: "{n, plural, one
 * {# passo} other {# passos}}". They stand beside the components that say them.
 */
export type Words = Record<string, { pt: string; en: string }>;

const key = "jornada.language";

const LanguageContext = createContext<{ language: Language; choose: (l: Language) => void }>({ language: "pt-BR", choose: () => {} });

/** languageNow is the language chosen in this browser, Portuguese until someone chooses. */
export function languageNow(): Language {
  return localStorage.getItem(key) === "en" ? "en" : "pt-BR";
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(languageNow);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const choose = useCallback((l: Language) => {
    localStorage.setItem(key, l);
    setLanguage(l);
  }, []);
  const value = useMemo(() => ({ language, choose }), [language, choose]);
  return (
    <LanguageContext.Provider value={value}>
      <IntlProvider locale={language} defaultLocale={language} onError={() => {}}>
        {children}
      </IntlProvider>
    </LanguageContext.Provider>
  );
}

export const useLanguage = () => useContext(LanguageContext);

/** useWords gives the section's words in the language of the page: t("title", {n: 3}). */
export function useWords<W extends Words>(words: W) {
  const intl = useIntl();
  const { language } = useLanguage();
  return useCallback(
    (id: keyof W & string, values?: Record<string, string | number | Date>): string =>
      intl.formatMessage({ id: `${language}.${id}`, defaultMessage: words[id]?.[language === "en" ? "en" : "pt"] ?? id }, values),
    [intl, language, words],
  );
}

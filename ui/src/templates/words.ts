import type { Words } from "../app/language";

export const words = {
  title: { pt: "Modelos", en: "Templates" },
  search: { pt: "Procurar modelo", en: "Find a template" },
  name: { pt: "Nome", en: "Name" },
  channel: { pt: "Canal", en: "Channel" },
  language: { pt: "Idioma", en: "Language" },
  category: { pt: "Categoria", en: "Category" },
  status: { pt: "Situação", en: "Status" },
  usedBy: { pt: "Usado por", en: "Used by" },
  usedByCount: { pt: "{n, plural, =0 {nenhuma jornada} one {# jornada} other {# jornadas}}", en: "{n, plural, =0 {no journey} one {# journey} other {# journeys}}" },
  text: { pt: "Texto", en: "Text" },
  buttons: { pt: "Botões: {list}", en: "Buttons: {list}" },
  approved: { pt: "aprovado", en: "approved" },
  pending: { pt: "em análise", en: "pending" },
  rejected: { pt: "recusado", en: "rejected" },
  paused: { pt: "pausado", en: "paused" },
  disabled: { pt: "desativado", en: "disabled" },
  utility: { pt: "utilidade", en: "utility" },
  marketing: { pt: "marketing", en: "marketing" },
  authentication: { pt: "autenticação", en: "authentication" },
  empty: { pt: "Ainda não há modelos", en: "There are no templates yet" },
  emptyWhy: {
    pt: "Modelos aprovados ficam em templates.lock.yaml; conecte um canal de WhatsApp e traga o arquivo em Ajustes → Arquivos.",
    en: "Approved templates stand in templates.lock.yaml; connect a WhatsApp channel and bring the file in Settings → Files.",
  },
  none: { pt: "Nenhum modelo com esse nome", en: "No template of that name" },
} satisfies Words;

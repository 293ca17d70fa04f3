import type { Words } from "../app/language";

export const words = {
  title: { pt: "Entrar", en: "Sign in" },
  email: { pt: "E-mail", en: "E-mail" },
  password: { pt: "Senha", en: "Password" },
  showPassword: { pt: "Mostrar ou esconder a senha", en: "Show or hide the password" },
  signIn: { pt: "Entrar", en: "Sign in" },
  lost: {
    pt: "Esqueceu a senha? Um administrador faz um novo link para você em Ajustes → Pessoas.",
    en: "Lost your password? An administrator makes you a new link in Settings → People.",
  },
  setup: {
    pt: "Ainda não há administrador. Abra o link impresso no terminal onde `jornada serve` iniciou; ele vale 30 minutos, uma vez.",
    en: "Nobody can administer yet. Open the link printed where `jornada serve` started; it is good for 30 minutes, once.",
  },
  expired: { pt: "Sua sessão terminou", en: "Your session is over" },
  expiredWhy: { pt: "Entre de novo para continuar. O que você editou ficou guardado.", en: "Sign in again to go on. What you edited is kept." },
  welcome: { pt: "Boas-vindas ao Jornada", en: "Welcome to Jornada" },
  welcomeWhy: { pt: "Escolha a senha com que você vai entrar.", en: "Choose the password with which you will sign in." },
  noLink: { pt: "Este endereço está incompleto: abra o link inteiro que você recebeu.", en: "This address is incomplete: open the whole link that you were given." },
  first: { pt: "Quero ser o primeiro administrador", en: "I am the first administrator" },
  name: { pt: "Seu nome", en: "Your name" },
  passwordHint: { pt: "Ao menos 12 caracteres; quatro palavras sem relação entre si são uma boa senha.", en: "At least 12 characters; four words that do not belong together are good." },
  choose: { pt: "Guardar a senha e entrar", en: "Keep the password and sign in" },
  loading: { pt: "Carregando…", en: "Loading…" },
  away: { pt: "O servidor não responde", en: "The server does not answer" },
  awayWhy: { pt: "Confira se o Jornada está rodando; tentamos de novo sozinhos.", en: "Check that Jornada is running; we try again by ourselves." },
} satisfies Words;

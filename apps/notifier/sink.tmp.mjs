import { ScriptedSmtpServer } from './test/support/scripted-smtp-server.ts';
const s = new ScriptedSmtpServer(); s.mails.push = () => 0;
await s.start(); console.log(s.url);

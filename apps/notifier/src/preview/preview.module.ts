import { Module } from '@nestjs/common';
import { PreviewController } from './preview.controller.ts';

@Module({ controllers: [PreviewController] })
export class PreviewModule {}

import { Module } from '@nestjs/common';
import { WarehouseNews } from './warehouse-news.ts';

/** What those who fill the warehouse and those who show it share. */
@Module({ providers: [WarehouseNews], exports: [WarehouseNews] })
export class WarehouseModule {}

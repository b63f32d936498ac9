import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0010_sketch'),
    ]

    operations = [
        migrations.CreateModel(
            name='Candle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('symbol', models.TextField()),
                ('seconds', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('open', models.DecimalField(decimal_places=18, max_digits=38)),
                ('high', models.DecimalField(decimal_places=18, max_digits=38)),
                ('low', models.DecimalField(decimal_places=18, max_digits=38)),
                ('close', models.DecimalField(decimal_places=18, max_digits=38)),
                ('volume', models.DecimalField(decimal_places=18, max_digits=38, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('symbol', 'seconds', 'at'), name='candle_once'), models.CheckConstraint(condition=models.Q(('low__gt', 0), ('low__lte', models.F('high'))), name='candle_prices_positive')],
            },
        ),
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64)),
                ('name', models.TextField()),
                ('kind', models.TextField(choices=[('trades', 'Trades'), ('fills', 'Fills'), ('ledger', 'Ledger'), ('candles', 'Candles')])),
                ('source', models.TextField()),
                ('settings', models.JSONField(default=dict)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('done', models.BigIntegerField(default=0)),
                ('stored', models.BigIntegerField(default=0)),
                ('refused', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('sha256', 'kind', 'source', 'settings'), name='import_once')],
            },
        ),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('env', models.TextField(choices=[('live', 'Live'), ('paper', 'Paper'), ('backtest', 'Backtest')])),
                ('source', models.TextField()),
                ('entry_key', models.TextField()),
                ('at', models.DateTimeField()),
                ('kind', models.TextField(choices=[('funding', 'Funding'), ('fee', 'Fee'), ('deposit', 'Deposit'), ('withdrawal', 'Withdrawal'), ('transfer', 'Transfer'), ('conversion', 'Conversion')])),
                ('currency', models.TextField()),
                ('amount', models.DecimalField(decimal_places=18, max_digits=38)),
                ('strategy', models.TextField(blank=True)),
                ('symbol', models.TextField(blank=True)),
            ],
            options={
                'verbose_name_plural': 'ledger entries',
                'indexes': [models.Index(fields=['env', 'currency', 'at'], name='ledger_entry_recent')],
                'constraints': [models.UniqueConstraint(fields=('entry_key', 'source', 'env', 'currency'), name='ledger_entry_once')],
            },
        ),
        migrations.CreateModel(
            name='ImportFault',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.BigIntegerField()),
                ('column', models.TextField(blank=True)),
                ('reason_code', models.TextField()),
                ('reason', models.TextField()),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='faults', to='analytics.import')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('file', 'line'), name='import_fault_once')],
            },
        ),
    ]

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
                ('kind', models.TextField()),
                ('name', models.TextField()),
                ('digest', models.CharField(max_length=64)),
                ('options', models.JSONField(default=dict)),
                ('state', models.TextField(choices=[('running', 'Running'), ('finished', 'Finished'), ('failed', 'Failed')], default='running')),
                ('row', models.BigIntegerField(default=0)),
                ('changed', models.BigIntegerField(default=0)),
                ('unchanged', models.BigIntegerField(default=0)),
                ('bad', models.BigIntegerField(default=0)),
                ('error', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('env', models.TextField(choices=[('live', 'Live'), ('paper', 'Paper'), ('backtest', 'Backtest')])),
                ('source', models.TextField()),
                ('entry_key', models.TextField()),
                ('at', models.DateTimeField()),
                ('kind', models.TextField(choices=[('realized_pnl', 'Realized Pnl'), ('funding', 'Funding'), ('fee', 'Fee'), ('deposit', 'Deposit'), ('withdrawal', 'Withdrawal'), ('transfer', 'Transfer'), ('conversion', 'Conversion')])),
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
            name='ImportProblem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.BigIntegerField()),
                ('column', models.TextField(blank=True)),
                ('reason', models.TextField()),
                ('raw', models.TextField(blank=True)),
                ('of', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='problems', to='analytics.import')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('of', 'line'), name='import_problem_once')],
            },
        ),
    ]

// A clinic's table of dose-volume values of all structures, of the open plan and of every sum that has it: a line for each, written beside
// the user's documents. Reads only. Knows nothing of the mock.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS
{
    public class Script
    {
        private const double BinGy = 0.1;

        public void Execute(ScriptContext context)
        {
            PlanSetup plan = context.PlanSetup;
            if (plan == null || !plan.IsDoseValid)
            {
                throw new ApplicationException("Please open a plan with a dose.");
            }
            List<PlanningItem> items = new List<PlanningItem> { plan };
            items.AddRange(context.PlanSumsInScope.Where(s => s.PlanSetups.Any(p => p.Id == plan.Id)));
            List<string> lines = new List<string> { "item;structure;volume cm3;D95 Gy;D2 Gy;mean Gy;V20Gy %" };
            foreach (PlanningItem item in items)
            {
                foreach (Structure structure in item.StructureSet.Structures.OrderBy(s => s.Id))
                {
                    lines.Add(item.Id + ";" + structure.Id + ";" + Values(item, structure));
                }
            }
            string folder = Environment.GetEnvironmentVariable("DVH_EXPORT_FOLDER")
                ?? Environment.GetFolderPath(Environment.SpecialFolder.MyDocuments);
            File.WriteAllLines(Path.Combine(folder, "dvh.csv"), lines.ToArray());
        }

        private static string Values(PlanningItem item, Structure structure)
        {
            DVHData data = structure.IsEmpty ? null : item.GetDVHCumulativeData(
                structure, DoseValuePresentation.Absolute, VolumePresentation.Relative, BinGy);
            if (data == null)
            {
                return ";;;;";
            }
            DoseValue.DoseUnit unit = data.MeanDose.Unit;
            DoseValue twenty = new DoseValue(unit == DoseValue.DoseUnit.cGy ? 2000 : 20, unit);
            return string.Join(";", new[]
            {
                Text(data.Volume), Gray(At(item, structure, 95)), Gray(At(item, structure, 2)), Gray(data.MeanDose),
                Text(item.GetVolumeAtDose(structure, twenty, VolumePresentation.Relative))
            });
        }

        private static DoseValue At(PlanningItem item, Structure structure, double percent)
        {
            return item.GetDoseAtVolume(structure, percent, VolumePresentation.Relative, DoseValuePresentation.Absolute);
        }

        private static string Gray(DoseValue dose)
        {
            return Text(dose.Unit == DoseValue.DoseUnit.cGy ? dose.Dose / 100 : dose.Dose);
        }

        private static string Text(double number)
        {
            return number.ToString("0.0000", CultureInfo.InvariantCulture);
        }
    }
}

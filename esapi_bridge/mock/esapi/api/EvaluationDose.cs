// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// A dose that a script writes, on a plan without beams. Its unit follows its plan's presentation as a plan dose's does
    /// (rows 10, 11): public scripts set the presentation to absolute and write their Gy (fnordstrom/EQD2); those that
    /// found per cent left it as it was.
    /// </summary>
    public partial class EvaluationDose : Dose
    {
        internal EvaluationDose(PatientState patient, PlanState plan, DoseState state) : base(patient, plan, state)
        {
        }

        /// <summary>
        /// The count that stands for a dose, rounded (row 9). An absolute dose needs the plan's prescription; a dose
        /// that no count stands for is refused (types assumed).
        /// </summary>
        public int DoseValueToVoxel(DoseValue doseValue)
        {
            Reading();
            double percent;
            if (doseValue.Unit == DoseValue.DoseUnit.Percent)
            {
                percent = doseValue.Dose / Plan.NormalisationFactor;
            }
            else if (doseValue.Unit == Patients.Database.DoseUnit)
            {
                percent = doseValue.Dose / Patients.Database.UnitsPerGy / Plan.GyPerPercent;
            }
            else
            {
                throw new ArgumentException(
                    "expected a dose in % or " + Patients.Database.DoseUnit + ", found " + doseValue.UnitAsString);
            }
            if (double.IsNaN(percent) || double.IsInfinity(percent))
            {
                throw new ArgumentException("expected a defined dose and, if absolute, a prescription; found none");
            }
            return checked((int)Math.Round((percent - DoseState.InterceptPercent) / DoseState.ScalePercent));
        }

        /// <summary>
        /// Replaces the counts of a plane by a buffer [XSize, YSize] (rows 8, 17). What negative counts would mean is not
        /// known: they are refused (row 9, assumed).
        /// </summary>
        public void SetVoxels(int planeIndex, int[,] values)
        {
            Writing();
            DoseState.Grid.RequireBuffer(planeIndex, values);
            foreach (int value in values)
            {
                if (value < 0)
                {
                    throw new ArgumentException("expected counts of at least 0, found a negative one");
                }
            }
            DoseState.SetPlane(planeIndex, values);
            Plan.Changed = true;
        }
    }
}

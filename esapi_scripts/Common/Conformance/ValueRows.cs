using System;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts.Conformance
{
    /// <summary>Questions to values, which need no patient.</summary>
    public static class ValueRows
    {
        private static readonly DoseValue None = DoseValue.UndefinedDose();
        private static readonly DoseValue Gray = new DoseValue(1, DoseValue.DoseUnit.Gy);
        private static readonly DoseValue Centigray = new DoseValue(1, DoseValue.DoseUnit.cGy);

        /// <summary>Asks them.</summary>
        public static void Ask(Survey survey)
        {
            survey.Ask("dose_value.equal_undefined", 42, "Are two undefined doses equal by ==, by Equals?", "no yes",
                () => Word(DoseValue.UndefinedDose() == None) + " " + Word(DoseValue.UndefinedDose().Equals(None)));
            survey.IsSo("dose_value.equals_within", 42, "Is Equals(dose, epsilon) false for another unit, without an exception?",
                () => !Gray.Equals(Centigray, 10));
            survey.IsSo("dose_value.order_undefined", 42, "Does an undefined dose come first in CompareTo, and is < false?",
                () => None.CompareTo(Gray) < 0 && !(None < Gray) && !(None > Gray));
            survey.IsSo("dose_value.sum_undefined", 42, "Is a sum with an undefined dose undefined?",
                () => (None + Gray).IsUndefined());
            survey.Throws("dose_value.mixed_units", 11, "What does Gy + cGy throw?", "ArithmeticException",
                () => GC.KeepAlive(Gray + Centigray));
            survey.IsSo("dose_value.unit_names", 11, "Are units named Gy, cGy and %?",
                () => Gray.UnitAsString == "Gy" && Centigray.UnitAsString == "cGy"
                    && new DoseValue(1, DoseValue.DoseUnit.Percent).UnitAsString == "%");
            survey.Ask("enum.approval", 37, "Numbers of PlanSetupApprovalStatus: UnApproved, TreatmentApproved, Unknown", "1 4 999",
                () => Survey.Text((int)PlanSetupApprovalStatus.UnApproved, (int)PlanSetupApprovalStatus.TreatmentApproved,
                    (int)PlanSetupApprovalStatus.Unknown));
            survey.Ask("enum.plan_type", 37, "Numbers of PlanType: ExternalBeam, Brachy", "0 3",
                () => Survey.Text((int)PlanType.ExternalBeam, (int)PlanType.Brachy));
            survey.Ask("enum.modality", 37, "Numbers of SeriesModality: CT, REG, Other", "0 7 8",
                () => Survey.Text((int)SeriesModality.CT, (int)SeriesModality.REG, (int)SeriesModality.Other));
            survey.Ask("enum.orientation", 37, "Numbers of PatientOrientation: HeadFirstSupine, FeetFirstProne", "1 6",
                () => Survey.Text((int)PatientOrientation.HeadFirstSupine, (int)PatientOrientation.FeetFirstProne));
            survey.Ask("enum.mlc", 37, "Numbers of MLCPlanType: DoseDynamic, VMAT, NotDefined", "1 3 999",
                () => Survey.Text((int)MLCPlanType.DoseDynamic, (int)MLCPlanType.VMAT, (int)MLCPlanType.NotDefined));
            survey.Ask("enum.meterset", 37, "Numbers of DosimeterUnit: MU, Minute", "1 2",
                () => Survey.Text((int)DosimeterUnit.MU, (int)DosimeterUnit.Minute));
            survey.IsSo("fluence.pixels_copied", 20, "Does a fluence keep a copy of the pixels it is made of?", delegate
            {
                float[,] pixels = new float[2, 3];
                Fluence fluence = new Fluence(pixels, 0, 0);
                pixels[1, 2] = 5;
                return fluence.GetPixels()[1, 2] == 0;
            });
            survey.Ask("fluence.sizes", 17, "Columns and rows of a fluence of [2, 3] pixels", "3 2", delegate
            {
                Fluence fluence = new Fluence(new float[2, 3], 0, 0);
                return Survey.Text(fluence.XSizePixel, fluence.YSizePixel);
            });
        }

        private static string Word(bool value)
        {
            return value ? Survey.Yes : "no";
        }
    }
}

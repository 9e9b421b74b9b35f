using System;
using System.Linq;
using VMS.TPS.Common.Model.Types;

/// <summary>Doses as values.</summary>
internal static class ValueTraps
{
    internal static void Row42(Seen seen)
    {
        DoseValue none = DoseValue.UndefinedDose();
        DoseValue gray = new DoseValue(2, DoseValue.DoseUnit.Gy);
        DoseValue centigray = new DoseValue(200, DoseValue.DoseUnit.cGy);
        DoseValue more = new DoseValue(2.05, DoseValue.DoseUnit.Gy);
        seen["operators"] = new[] { none == DoseValue.Undefined, none != DoseValue.Undefined, gray == new DoseValue(2, "Gy") };
        seen["equals"] = new[] { none.Equals(DoseValue.Undefined), none.Equals((object)DoseValue.Undefined),
            none.Equals(DoseValue.Undefined, 0.1), none.Equals(gray, 0.1), gray.Equals(centigray, 1000), gray.Equals(more, 0.1),
            gray.Equals(more, 0.01), gray.Equals(centigray) };
        DoseValue[] order = { gray, none, more, DoseValue.Undefined };
        seen["compare"] = new[] { none.CompareTo(gray), gray.CompareTo(none), none.CompareTo(DoseValue.Undefined),
            gray.CompareTo(more) }.Select(Math.Sign).ToArray();
        seen["sorted"] = order.OrderBy(d => d).ToArray();
        seen["orders"] = new[] { (none < gray), (none > gray), (none <= gray), (none >= gray), (gray < none),
            (gray > none), (gray <= none), (gray >= none), (none <= DoseValue.Undefined) };
        seen["sums"] = new[] { none + gray, gray + none, none - gray, gray - none, none * 2, 2 * none, none / 2 };
        seen["ratios"] = new[] { none / gray, gray / none };
        seen["units"] = new Action[] { () => (gray < centigray).ToString(), () => (gray >= centigray).ToString(),
            () => gray.CompareTo(centigray), () => (gray + centigray).ToString(), () => (gray - centigray).ToString(),
            () => (gray / centigray).ToString() }.Select(Program.Attempt).ToArray();
        seen["rectangle"] = new VRect<double>(-1.5, 2, 3, 4).ToString();
    }
}

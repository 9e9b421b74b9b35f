using System;
using VMS.TPS.Common.Model.Types;

/// <summary>What vectors of 18 say of undefined ones, a line each.</summary>
internal static class Vectors
{
    private static void Main()
    {
        VVector none = VVector.Undefined;
        VVector half = new VVector(1, double.NaN, 3);
        VVector infinite = new VVector(1, double.PositiveInfinity, 3);
        VVector plain = new VVector(3, 0, 4);
        Console.WriteLine("equal " + (none == VVector.Undefined) + none.Equals(VVector.Undefined) + none.EpsilonEqual(VVector.Undefined, 0.1));
        Console.WriteLine("near " + plain.EpsilonEqual(new VVector(3.05, 0, 4), 0.1) + plain.EpsilonEqual(new VVector(3.05, 0, 4), 0.01)
            + none.EpsilonEqual(plain, 1e9));
        Console.WriteLine("undefined " + none.IsUndefined() + half.IsUndefined() + infinite.IsUndefined() + plain.IsUndefined());
        VVector updated = plain.Update(VVector.Component.Y, 7);
        Console.WriteLine("updated " + updated[VVector.Component.X] + updated[VVector.Component.Y] + updated[2] + plain.y);
        Console.WriteLine("unit " + plain.GetUnitLengthScaledVector().x.ToString("F1") + plain.x);
    }
}
